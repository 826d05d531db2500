"""Two runs side by side: what is matched, what is told apart from noise, and what is said of where they are from."""

import json
import re
import shutil
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from typer.testing import CliRunner

from controller.cli.app import app
from controller.report.comparison import write_comparison
from controller.report.comparison.matching import compare
from controller.report.comparison.overlay import _means, group_starts
from controller.report.uncertainty import near, of_difference, of_judged, of_mean

STEPS = ("baseline", "assist-1-1", "assist-1-2")


def words_in(html):
    html = re.sub(r"<(style|svg)\b.*?</\1>", " ", html, flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html).replace("\u00a0", " "))


@pytest.fixture(scope="module")
def made(make_folder, tmp_path_factory):
    """A reference that passes, and a run with 6 mmHg more in the second step that misses a limit there."""
    root = tmp_path_factory.mktemp("pair")
    make_folder(root / "before").write()
    header = {"settings": {"pump.device": "none", "iabp.enabled": True}, "seed": 8}
    after = make_folder(root / "after", more_mmHg=6.0, header=header)
    summary = after.summary("FAIL")
    summary["steps"][1]["verdict"] = summary["steps"][1]["limits"][0]["verdict"] = "fail"
    after.write(summary)
    return root


@pytest.fixture
def pair(made, tmp_path):
    shutil.copytree(made, tmp_path / "pair")
    return tmp_path / "pair" / "after", tmp_path / "pair" / "before"


def test_half_widths_are_those_of_the_tables():
    """Student's t for 9 and for 18 degrees of freedom: 2.262 and 2.101."""
    assert of_mean(1.0, 10) == pytest.approx(2.262, abs=5e-4)
    assert of_difference(1.0, 10, 1.0, 10) == pytest.approx(2.101 * 2**0.5, abs=1e-3)
    assert of_mean(1.0, 1) is None and of_mean(None, 10) is None
    assert of_difference(None, 9, 1.0, 9) is None


def test_interval_holds_the_truth_as_often_as_it_says():
    """Two means of 8 and 15 unlike groups, drawn 4000 times: 95 of 100 intervals hold the true difference."""
    rng = np.random.default_rng(3)
    a, b = rng.normal(70.0, 2.0, (4000, 8)), rng.normal(73.0, 0.7, (4000, 15))
    held = 0
    for x, y in zip(a, b, strict=True):
        half = of_difference(x.std(ddof=1) / 8**0.5, 8, y.std(ddof=1) / 15**0.5, 15)
        held += abs((y.mean() - x.mean()) - 3.0) < half
    assert held / 4000 == pytest.approx(0.95, abs=0.012)


def test_a_change_is_found_where_it_is_and_nowhere_else(pair):
    found = write_comparison(*pair).data
    by_step = {step["name"]: step["metrics"] for step in found["steps"]}
    assert tuple(by_step) == STEPS
    changed = by_step["assist-1-1"]["map_mmHg"]
    assert changed["difference"] == pytest.approx(6.0, abs=3 * changed["half_width_95"] / 2)
    assert changed["beyond_uncertainty"] and 0.1 < changed["half_width_95"] < 3.0
    assert not by_step["baseline"]["map_mmHg"]["beyond_uncertainty"]
    assert not by_step["baseline"]["hr_bpm"]["beyond_uncertainty"]


def test_verdict_first_then_what_became_of_limits(pair):
    written = write_comparison(*pair)
    assert written.data["outcome"] == "worse"
    assert written.data["lost"] == [{"step": "assist-1-1", "metric": "map_mmHg"}]
    seen = words_in(written.path.read_text())
    assert "▼ WORSE Run FAIL, reference PASS · 1 limit lost, 0 gained of 3 judged in both · 3 steps matched" in seen
    assert seen.index("WORSE") < seen.index("Limits whose verdict changed") < seen.index("What differs")
    assert "SIMULATED Both runs are of a virtual patient" in seen
    back = write_comparison(pair[1], pair[0])
    assert back.data["outcome"] == "better" and "▲ BETTER" in words_in(back.path.read_text())


def test_what_differs_and_what_does_not(pair):
    run, reference = pair
    header = json.loads((run / "config" / "header.json").read_text())
    bench = "[bench]\nname = 'virtual'\nlimit = {}\n"
    for path, value in ((run, 2), (reference, 1)):
        (path / "config" / "header.json").write_text(
            json.dumps({
                **(header if path == run else json.loads((path / "config" / "header.json").read_text())),
                "configuration": {"virtual.toml": bench.format(value), "same.toml": "x = 1\n"},
                "calibration": {"file": "cal.toml", "sha256": "ab12", "sensors": {"aop_mmHg": {"date": f"2026-01-0{value}"}}},
            })
        )  # fmt: skip
    written = write_comparison(run, reference)
    seen = words_in(written.path.read_text())
    assert "iabp.enabled off on" in seen
    assert written.data["files"] == {"same.toml": "the same", "virtual.toml": "differs"}
    assert "-limit = 1 +limit = 2" in seen
    assert "the oldest of 2026-01-01" in seen and "the oldest of 2026-01-02" in seen
    assert written.data["differs"]["Seed"] == {"reference": "7", "run": "8"}
    assert "Patient (cardiogenic-shock)" in seen.split("The same in both:")[1]
    hashes = re.findall(r"\b[0-9a-f]{64}\b", seen)
    assert len(set(hashes)) == 2


def test_steps_that_do_not_match_are_said(pair):
    run, reference = pair
    summary = json.loads((reference / "summary.json").read_text())
    summary["steps"][2]["name"] = "assist-1-3"
    (reference / "summary.json").write_text(json.dumps(summary))
    written = write_comparison(run, reference)
    assert written.data["only_in_run"] == ["assist-1-2"] and written.data["only_in_reference"] == ["assist-1-3"]
    assert "Only in the run: assist-1-2. Only in the reference: assist-1-3." in words_in(written.path.read_text())
    for step in summary["steps"]:
        step["name"] += "-x"
    (reference / "summary.json").write_text(json.dumps(summary))
    nothing = write_comparison(run, reference)
    assert nothing.data["outcome"] == "none"
    assert "NOT COMPARABLE" in words_in(nothing.path.read_text())


def test_repeats_of_a_step_are_matched_by_their_count(pair):
    run, reference = pair
    for path in pair:
        summary = json.loads((path / "summary.json").read_text())
        summary["steps"][2] |= {"name": "assist-1-1", "repetition": 2}
        (path / "summary.json").write_text(json.dumps(summary))
    found = compare(run, reference)
    assert [pair.name for pair in found.pairs] == ["baseline", "assist-1-1", "assist-1-1 (repeat 2)"]
    assert found.pairs[2].run.number == 3


def test_a_limit_that_was_changed_is_neither_lost_nor_gained(pair):
    run, reference = pair
    summary = json.loads((run / "summary.json").read_text())
    summary["steps"][1]["limits"][0]["low"] = 90.0
    (run / "summary.json").write_text(json.dumps(summary))
    written = write_comparison(run, reference)
    assert written.data["lost"] == [] and written.data["outcome"] == "same"
    assert "≥ 40 mmHg in the reference, ≥ 90 mmHg in the run" in words_in(written.path.read_text())


def test_a_wired_run_against_the_virtual_one_shows_both_as_measured(folder):
    wired, virtual = folder("wired", wired=True).write(), folder("virtual").write()
    written = write_comparison(wired, virtual)
    html = written.path.read_text()
    seen = words_in(html)
    assert "As measured One of the runs has no patient model" in seen
    assert "SIMULATED The reference is of a virtual patient on a virtual bench; the other was measured." in seen
    assert "LV volume was not measured in the reference, so there are no pressure-volume loops to compare" in seen
    assert html.count('aria-label="Mean beat of step') == 3


def test_pictures_are_whole_and_nothing_is_fetched(pair):
    html = write_comparison(*pair).path.read_text()
    pictures = re.findall(r"<svg .*?</svg>", html, flags=re.S)
    assert len(pictures) == 4
    for svg in pictures:
        ET.fromstring(svg)
    assert all(link.startswith("#") for link in re.findall(r'(?:src|href)="([^"]*)"', html))
    assert "<script" not in html


def test_beats_are_lined_up_at_the_r_wave_and_groups_at_the_assisted_beat(pair):
    """The R wave of the textbook heart is at 0.7 s of each cycle of 0.75 s; of 1:2 every other beat has the balloon."""
    found = compare(*pair)
    one, two = found.pairs[1].run, found.pairs[2].run
    marks = group_starts(found.run, one, r_wave=True)
    np.testing.assert_allclose(np.mod(marks, 0.75), 0.7, atol=2e-3)
    np.testing.assert_allclose(np.diff(marks), 0.75, atol=2e-3)
    groups = group_starts(found.run, two, r_wave=False)
    np.testing.assert_allclose(np.diff(groups), 1.5, atol=2e-3)
    assert set(np.round(groups / 0.75).astype(int) % 2) == {1}, "the odd beats are assisted"


def test_mean_beat_is_the_mean(pair):
    found = compare(*pair)
    step = found.pairs[0].run
    marks = group_starts(found.run, step, r_wave=False)
    t = np.array([0.0, 0.2])
    mean = _means(found.run, marks, t)["aop_mmHg"]
    at = [np.interp(marks + offset, found.run.time_s, found.run.traces["aop_mmHg"]) for offset in t]
    assert mean.mean == pytest.approx([np.mean(values) for values in at], abs=0.3)
    assert mean.sd == pytest.approx([np.std(values, ddof=1) for values in at], rel=0.3)


def test_killed_run_and_one_without_standard_errors(folder, pair):
    killed = folder("killed", closed=False, until_s=9.0)
    killed.write_events()
    seen = words_in(write_comparison(killed.path, pair[1]).path.read_text())
    assert "INCOMPLETE The run has no summary" in seen and "Only in the reference: assist-1-2" in seen
    assert "differences are shown without uncertainty" in seen


def test_command(pair, tmp_path):
    run, reference = pair
    done = CliRunner().invoke(app, ["report", str(run), "--against", str(reference), "--out", str(tmp_path / "c.html")])
    assert done.exit_code == 0, done.output
    assert "limits       worse: 1 lost, 0 gained" in done.output and "lost       assist-1-1: map_mmHg" in done.output
    assert (tmp_path / "c.html").exists()
    done = CliRunner().invoke(app, ["report", str(run), "--against", str(reference), "--json"])
    assert json.loads(done.stdout)["comparison"] == str(run / "comparison-before.html")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("{run}", "--against", "{run}"), 2, "would be compared with itself"),
        (("{run}", "--against", "{run}/../nothing"), 4, "is not a folder"),
        (("{run}", "--out", "x.html"), 2, "give the other run with --against"),
    ],
)
def test_wrong_words(pair, arguments, code, said, monkeypatch, capsys):
    from controller.cli import main

    monkeypatch.setattr("sys.argv", ["mockloop", "report", *(word.format(run=pair[0]) for word in arguments)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == code
    assert said in capsys.readouterr().err


def test_a_limit_within_its_uncertainty_is_close(pair, make_limit):
    found = compare(*pair).pairs[1].run
    value = found.metrics["map_mmHg"]
    half = of_judged(make_limit("map_mmHg", "pass", value), found, {})
    assert half == of_mean(found.uncertainty["map_mmHg"], found.groups)
    assert near({"judged": value, "low": value - 0.5 * half, "high": None}, half)
    assert not near({"judged": value, "low": value - 2.0 * half, "high": None}, half)


def test_uncertainty_of_a_change_in_percent_is_that_of_the_ratio(pair, make_limit):
    """A fall in percent of two independent means, drawn 20 000 times."""
    found = compare(*pair)
    base, step = found.pairs[0].run, found.pairs[1].run
    a, b = base.metrics["map_mmHg"], step.metrics["map_mmHg"]
    ea, eb = base.uncertainty["map_mmHg"], step.uncertainty["map_mmHg"]
    limit = make_limit(
        "map_mmHg", "pass", b, judged=100 * (b - a) / a, judged_unit="%", relative_to="baseline", reference=a, low=0.0
    )
    half = of_judged(limit, step, {"baseline": base})
    rng = np.random.default_rng(5)
    x, y = rng.normal(a, ea, 20_000), rng.normal(b, eb, 20_000)
    spread = np.std(100 * (y - x) / x)
    assert half / spread == pytest.approx(2.2, abs=0.25), "Student's factor of a dozen degrees of freedom"


def test_deleted_reference_is_named(pair):
    run, reference = pair
    shutil.rmtree(reference)
    with pytest.raises(FileNotFoundError, match="before is not a folder"):
        write_comparison(run, reference)
