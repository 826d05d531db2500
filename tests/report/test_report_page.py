"""What a report must say, for every way in which a run may end."""

import re
import xml.etree.ElementTree as ET

import pytest

from controller.report import write_report
from controller.report.waveforms import MOST_STEPS


def text_of(path):
    return write_report(path).read_text(encoding="utf-8")


def words_in(html):
    """The text that people see: no tags, no style, single spaces."""
    html = re.sub(r"<(style|svg)\b.*?</\1>", " ", html, flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html).replace("\u00a0", " "))


def pictures(html):
    return re.findall(r'<svg role="img" aria-label="([^"]*)"', html)


def test_complete_run(folder):
    run = folder()
    html = text_of(run.write())
    seen = words_in(html)
    assert "✓ PASS" in seen
    assert "3 of 3 limits met · 3 steps" in seen
    assert "SIMULATED Virtual patient" in seen
    for fact in ("cardiogenic-shock", "mockloop 1.2.3, build abcdef012345", "A. Lindqvist", "prototype 4", "37 °C"):
        assert fact in seen
    assert "0 of 18000 periods missed" in seen
    assert "none asked for (virtual time)" in seen
    assert "source of the limit on map_mmHg" in seen
    assert re.search(r"\b[0-9a-f]{64}\b", seen)
    assert pictures(html) == [
        "Trend of key metrics over the run",
        "Waveforms of step 1, baseline",
        "Waveforms of step 2, assist-1-1",
        "Waveforms of step 3, assist-1-2",
        "Pressure-volume loops of all steps",
    ]
    assert "INCOMPLETE" not in seen
    assert "What missed its limit" not in seen


def test_a_verdict_over_an_incomplete_recording_says_so_beside_it(folder):
    run = folder()
    lost = {"complete": False, "problem": "disk of /data: 0.0 MB free"}
    seen = words_in(text_of(run.write({**run.summary(), "ticks": 20000, "recording": lost})))
    assert "✓ PASS" in seen
    assert "RECORDING INCOMPLETE disk of /data: 0.0 MB free. 2000 of 20000 ticks are missing" in seen
    whole = words_in(text_of(run.write({**run.summary(), "recording": {"complete": True, "problem": None}})))
    assert "INCOMPLETE" not in whole


def test_one_file_that_fetches_nothing(folder):
    html = text_of(folder().write())
    links = set(re.findall(r'(?:src|href)="([^"]*)"', html))
    assert all(link.startswith("#") for link in links)
    assert "<script" not in html
    assert "@import" not in html
    assert "url(http" not in html


def test_pictures_are_well_formed(folder):
    found = re.findall(r"<svg .*?</svg>", text_of(folder().write()), flags=re.S)
    assert len(found) == 5
    for svg in found:
        ET.fromstring(svg)


def test_same_run_same_report(folder):
    path = folder().write()
    assert write_report(path).read_bytes() == write_report(path).read_bytes()


def test_values_of_the_steps_stand_side_by_side(folder):
    run = folder()
    summary = run.summary()
    seen = words_in(text_of(run.write(summary)))
    values = [f"{step['metrics']['map_mmHg']:.1f}" for step in summary["steps"]]
    assert values[0] != values[1]
    row = re.search(r"Mean arterial pressure mmHg ([\d.]+)\D+([\d.]+).*?([\d.]+) ", seen)
    assert row
    assert row.group(1) == values[0]
    assert row.group(2) == values[1]


def test_missed_limit(folder, make_limit):
    run = folder()
    summary = run.summary("FAIL")
    summary["steps"][1]["verdict"] = "fail"
    summary["steps"][1]["limits"].append(
        make_limit("co_L_min", "fail", 3.1, low=0.5, judged=0.2, relative_to="baseline", reference=2.9, reason="too little")
    )
    seen = words_in(text_of(run.write(summary)))
    assert "✗ FAIL 3 of 4 limits met, 1 missed" in seen
    assert "What missed its limit" in seen
    assert re.search(
        r"2 assist-1-1 Cardiac output 3.10 L/min \+0.2 L/min ± [\d.]+ ≥ \+0.5 L/min against baseline too little", seen
    )


@pytest.mark.parametrize(
    ("verdict", "mark", "says"),
    [
        ("ABORTED", "■", "ended before its last step. stopped by the operator."),
        ("TRIPPED", "▲", "tripped into its safe state. stopped by the operator. Tripped by: pressure_high."),
        ("INCOMPLETE", "…", "nothing here is a verdict on the device"),
    ],
)
def test_run_cut_short(folder, make_event, make_limit, verdict, mark, says):
    run = folder()
    tripped = ["pressure_high"] if verdict == "TRIPPED" else []
    summary = run.summary(verdict, reason="stopped by the operator", tripped=tripped, teardown="settings only")
    summary["steps"][1]["verdict"] = "aborted"
    empty = {"start_s": None, "end_s": None, "window": None, "metrics": {}, "sd": {}, "reasons": {}}
    unjudged = make_limit("map_mmHg", "not-run", None)
    summary["steps"][2] |= {"verdict": "not-run", "limits": [unjudged], **empty}
    run.events.append(make_event(9.1, "alarm", "pressure_high (first)", "high"))
    html = text_of(run.write(summary))
    seen = words_in(html)
    assert f"{mark} {verdict}" in seen
    assert says in seen
    assert "2 of 3 limits met, 1 not judged · 3 steps · 1 alarm" in seen
    assert "■ aborted" in seen
    assert "– not run" in seen
    assert "▲▲▲ high" in seen
    assert "Teardown settings only" in seen
    assert "Waveforms of step 3, assist-1-2" not in pictures(html)


def test_killed_run(folder):
    run = folder(closed=False, until_s=9.0)
    run.write_events()
    html = text_of(run.path)
    seen = words_in(html)
    assert "… INCOMPLETE No limits were judged · 2 steps" in seen
    assert "This run has no summary: it was killed, or is still running" in seen
    assert "NOT CLOSED" in seen
    assert "… cut off" in seen
    assert "SIMULATED Virtual patient" in seen
    assert "Waveforms of step 2, assist-1-1" in pictures(html)
    beats = [b.values["map_mmHg"] for b in run.beats if 0 < b.end_s <= 6.0]
    assert f"Mean arterial pressure mmHg {sum(beats) / len(beats):.1f}" in seen


def test_wired_bench_has_no_loops_and_says_why(folder):
    run = folder(wired=True)
    summary = run.summary(
        rights=[{"name": "FIFO", "asked": "80", "granted": False, "reason": "not permitted"}],
        missed_periods=3,
        lateness_us={"median_us": 46.2, "p99_us": 210.0, "max_us": 18402.0},
    )
    html = text_of(run.write(summary))
    seen = words_in(html)
    assert "SIMULATED" not in seen
    assert "PCIe-6363, silicone loop 2" in seen
    assert "none (no patient model)" in seen
    assert "LV volume is not measured on this bench, so there are no pressure-volume loops" in seen
    assert "As measured by the transducers of the bench." in seen
    assert "FIFO refused (not permitted)" in seen
    assert "3 of 18000 periods missed; wake-up late by median 46.2 µs; 99 % 210 µs; at most 18402 µs" in seen
    assert "Waveforms of step 2, assist-1-1" in pictures(html)


def test_reasons_of_absent_metrics_are_in_the_footnotes(folder):
    html = text_of(folder(wired=True).write())
    seen = words_in(html)
    assert "LV volume is not measured on this bench (in.lvv_mL)" in seen
    assert "no rotary pump is fitted" in seen


def test_recording_that_cannot_be_read(folder):
    run = folder()
    run.write()
    next(run.path.glob("recording*.h5")).write_bytes(b"no file of this kind" * 100)
    html = text_of(run.path)
    seen = words_in(html)
    assert "✓ PASS" in seen
    assert "no pictures: " in seen
    assert "none that can be read" in seen
    assert pictures(html) == []


def test_summary_alone(folder):
    run = folder()
    run.write()
    next(run.path.glob("recording*.h5")).unlink()
    assert "✓ PASS" in words_in(text_of(run.path))


def test_nothing_of_a_run(tmp_path):
    with pytest.raises(FileNotFoundError, match="neither a summary"):
        write_report(tmp_path)
    with pytest.raises(FileNotFoundError, match="not a folder"):
        write_report(tmp_path / "absent")
    assert not (tmp_path / "report.html").exists()


def test_words_of_others_are_text(folder):
    run = folder()
    html = text_of(run.write(run.summary(title="<script>alert(1)</script>", reason="a < b & c")))
    assert "<script" not in html
    assert "a &lt; b &amp; c" in html


def test_frames_missing_in_a_step_are_said(folder):
    """As with the policy `beats`, which keeps frames around events only."""
    html = text_of(folder(recorded_s=11.0).write())
    assert "the recording holds no frames of this step at full rate" in words_in(html)
    assert "Waveforms of step 2, assist-1-1" in pictures(html)
    assert "Waveforms of step 3, assist-1-2" not in pictures(html)


def test_many_steps_do_not_take_for_ever(folder):
    run = folder()
    summary = run.summary()
    steps = [{**summary["steps"][i % 3], "number": i + 1, "name": f"s{i + 1}"} for i in range(20)]
    html = text_of(run.write(summary | {"steps": steps}))
    strips = [p for p in pictures(html) if p.startswith("Waveforms")]
    assert len(strips) == MOST_STEPS
    assert strips[0] == "Waveforms of step 1, s1"
    assert strips[-1] == "Waveforms of step 20, s20"
    assert f"{MOST_STEPS} of 20 steps are shown." in words_in(html)


def test_pass_without_limits_does_not_boast(folder):
    run = folder()
    summary = run.summary()
    steps = [{**step, "limits": []} for step in summary["steps"]]
    shown = words_in(text_of(run.write(summary | {"verdict": "PASS", "steps": steps})))
    assert "nothing was asked: the protocol has no limits" in shown
    assert "All limits were met" not in shown
