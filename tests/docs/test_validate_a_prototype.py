"""docs/validate-a-prototype.md, from an empty folder to a verdict, as it stands there."""

import json
import re
import xml.etree.ElementTree as ET

import pytest


def properties(path):
    return {p.get("name"): p.get("value") for p in ET.parse(path).iter("property")}


@pytest.mark.timeout(900)
def test_the_page_from_an_empty_folder_to_a_verdict(page):
    walk = page("validate-a-prototype.md")
    walk.play()
    folder = walk.folder
    assert walk.commands == 11

    found = properties(folder / "results.xml")
    limits = {name.removeprefix("mockloop.limit."): json.loads(v) for name, v in found.items() if "limit" in name}
    assert set(limits) == {"map_mmHg", "aop_augmented_mmHg", "fall of LVEDP", "iabp_inflation_error_ms"}
    assert {row["verdict"] for row in limits.values()} == {"pass"}
    assert limits["map_mmHg"]["source"] == "REQ-1: perfusion pressure" and 0 < limits["map_mmHg"]["half_width"] < 5
    html = (folder / "report.html").read_text()
    assert "REQ-4: inflation at the notch" in html and "3 passed, 0 failed, 0 skipped" in html and "SIMULATED" in html

    missed = properties(folder / "stricter.xml")
    assert json.loads(missed["mockloop.limit.co_L_min"])["verdict"] == "fail"
    assert missed["mockloop.kept"].endswith((".npz", ".png"))
    stricter = (folder / "stricter.html").read_text()
    assert stricter.count('src="data:image/png;base64,') == 1 and "0 passed, 1 failed" in stricter

    accepted = properties(folder / "acceptance.xml")
    assert json.loads(accepted["mockloop.limit.assisted.lvedp_mmHg"])["high"] == -1.0
    ran = json.loads(accepted["mockloop.about"])
    assert ran["protocol"] == "acceptance" and ran["verdict"] == "PASS" and re.fullmatch(r"[0-9a-f]{64}", ran["sha256"])
    assert ran["sha256"] in (folder / "acceptance.html").read_text()
    report = (folder / "runs" / "prototype" / "report.html").read_text()
    assert "balloon console, prototype 4" in report and "A. Name" in report
    assert (folder / "runs" / "late" / "comparison-prototype.html").exists()
