"""``--rig-report FILE``: what a test session showed of a device, as one page for its file: verdict, limits, evidence of failures."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from controller.recording.newborn import newborn
from controller.testing.evidence import ABOUT, KEPT
from controller.testing.limits import PROPERTY, Verdict

VERDICTS = {
    "PASS": ("✓", "Every test that ran passed, every limit was met."),
    "FAIL": ("✗", "At least one test failed or missed a limit."),
    "INCOMPLETE": ("…", "No test ran to its end: nothing here is a verdict on the device."),
}
MOST_PICTURES = 12


@dataclass(slots=True)
class Row:
    """One test: its outcome (passed, failed, skipped), what it said, what it judged, and the pictures that were kept."""

    name: str
    outcome: str
    seconds: float
    text: str = ""
    limits: list[Verdict] = field(default_factory=list)
    pictures: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)


def write(path: Path, reports: Iterable[Any], bench: Mapping[str, Any]) -> Path:
    """Writes the page of a session from pytest's reports, in the order in which they came.

    Args:
        bench: facts of the bench as chosen: name, hardware, calibration, seed, software. Raises OSError.
    """
    from controller.report.page import filled

    rows = _rows(reports)
    ran = [row for row in rows if row.outcome != "skipped"]
    verdict = "FAIL" if any(row.outcome == "failed" for row in ran) else "PASS" if ran else "INCOMPLETE"
    mark, meaning = VERDICTS[verdict]
    path.parent.mkdir(parents=True, exist_ok=True)
    with newborn(path) as draft:
        draft.write_text(
            filled(
                "tests.html.j2", verdict=verdict, mark=mark, meaning=meaning, rows=rows, facts=_facts(bench, reports),
                simulated=bench["simulated"], limits=[(row, limit) for row in rows for limit in row.limits],
                count={word: sum(row.outcome == word for row in rows) for word in ("passed", "failed", "skipped")},
                title=f"Tests on {bench['name']}", written=time.time(),
            ),
            encoding="utf-8",
        )  # fmt: skip
    return path


def _rows(reports: Iterable[Any]) -> list[Row]:
    rows: dict[str, Row] = {}
    pictures = 0
    for report in reports:
        if report.when != "call" and report.outcome == "passed":
            continue
        row = rows.setdefault(report.nodeid, Row(report.nodeid, report.outcome, 0.0))
        row.seconds += report.duration
        if report.outcome == "failed":
            row.outcome = "failed"  # also of set-up and teardown
        if report.outcome != "passed":
            row.text = "\n".join(filter(None, (row.text, _said(report))))
        if report.when != "call":
            continue
        for name, content in report.user_properties:
            if str(name).startswith(PROPERTY):
                found = json.loads(content)
                passed = found.pop("verdict") == "pass"
                row.limits.append(Verdict(**found, passed=passed))
            elif name == KEPT:
                row.files.append(content)
                if content.endswith(".png") and pictures < MOST_PICTURES and Path(content).is_file():
                    row.pictures.append(base64.b64encode(Path(content).read_bytes()).decode("ascii"))
                    pictures += 1
    return list(rows.values())


def _said(report: Any) -> str:
    """Why a test failed or was skipped: the last lines of it."""
    if report.outcome == "skipped":
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longreprtext
        return str(reason).removeprefix("Skipped: ")
    crash = getattr(report.longrepr, "reprcrash", None)
    text = crash.message if crash is not None else report.longreprtext
    return "\n".join(str(text).strip().splitlines()[:25])


def _facts(bench: Mapping[str, Any], reports: Iterable[Any]) -> list[tuple[str, str]]:
    """The bench as chosen, and what the tests said they ran on: patients, protocols with their recordings."""
    told = [json.loads(v) for r in reports if r.when == "call" for name, v in r.user_properties if name == ABOUT]
    patients = sorted({str(found["patient"]) for found in told if found.get("patient")})
    runs = [
        f"{found['protocol']}: {found['verdict']}, SHA-256 {found.get('sha256')}" for found in told if found.get("protocol")
    ]
    rows = [
        ("Bench", str(bench["name"])),
        ("Hardware", "SIMULATED: no hardware was driven or measured" if bench["simulated"] else str(bench["title"])),
        ("Calibration", str(bench["calibration"])),
        ("Software", str(bench["software"])),
        ("Seed", str(bench["seed"])),
        ("Patients", ", ".join(patients)),
        *((f"Run {at}", text) for at, text in enumerate(runs, 1)),
    ]
    return [(name, text) for name, text in rows if text]
