"""`mockloop io --script`: JSON lines in and out, for benches without a person."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MAIN = "from controller.cli import main; main()"


def io(folder, lines, *words, code=0):
    done = subprocess.run(
        [sys.executable, "-c", MAIN, "io", "--script", "-", *words], input="\n".join(map(json.dumps, lines)) + "\n", text=True,
        cwd=folder, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == code and "Traceback" not in done.stderr, done.stdout + done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()], done.stderr


@pytest.mark.parametrize("bench", ["virtual", "simulated-wires"])
def test_read_hold_and_find(tmp_path, bench):
    script = [
        {"read_s": 0.2}, {"arm": True}, {"hold": "valve_pressure", "value": 1, "for_s": 0.6}, {"read_s": 1.0},
        {"found": "out.valve_pressure"}, {"found": "in.balloon_pressure_mmHg", "note": "AI 7"},
    ]  # fmt: skip
    (rest, armed, held, after, *_), _ = io(tmp_path, script, "--bench", bench, "--fast", "--out", "points.json")
    assert rest["state"] == "IDLE" and rest["outputs"]["valve_vacuum"] == 0.0 and armed == {"arm": True, "state": "RUNNING"}
    assert held["outputs"]["valve_pressure"] == 1.0 and held["inputs"]["balloon_pressure_mmHg"] > 80.0
    assert after["outputs"]["valve_pressure"] == 0.0 and after["outputs"]["valve_vacuum"] == 1.0
    assert after["inputs"]["balloon_pressure_mmHg"] < 40.0
    record = json.loads((tmp_path / "points.json").read_text())
    points = {point["channel"]: point for point in record["points"]}
    assert record["counts"]["ok"] == 2 and points["in.balloon_pressure_mmHg"]["note"] == "AI 7"
    assert (points["out.valve_pressure"]["wire"] is not None) == (bench == "simulated-wires")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ({"hold": "valve_pressure", "value": 1}, "the machine is in IDLE: arm first"),
        ({"dance": 1}, "one of arm, reset, read_s, hold, found is needed"),
        ({"read_s": 1e9}, "allowed is more than 0, at most 600"),
        ({"found": "out.nonsense"}, "there is no point out.nonsense: there are in.aop_mmHg"),
        ({"arm": False}, "arm takes true and nothing else"),
        ({"read_s": "long"}, "read_s = 'long' is no number"),
    ],
)
def test_a_line_that_cannot_be_carried_out_ends_the_script_by_its_number(tmp_path, line, words):
    _, said = io(tmp_path, [{"read_s": 0.1}, line], "--fast", code=2)
    assert "line 2" in said and words in said


def test_beyond_its_range_nothing_goes_out(tmp_path):
    _, said = io(tmp_path, [{"arm": 1}, {"hold": "pump_speed_rpm", "value": 90000}], "--fast", code=2)
    assert "output pump_speed_rpm = 90000 is refused: allowed is 0 to 55000" in said


def test_arming_that_is_refused_says_all_reasons(tmp_path):
    from controller.config.find import shipped

    text = (shipped() / "benches" / "virtual.toml").read_text().replace('name = "virtual"', 'name = "mine"')
    bench = tmp_path / "mine.toml"
    bench.write_text(text + '\n[set]\n"patient.ar_area_cm2" = 0.3\n"iabp.enabled" = true\n')
    (found,), _ = io(tmp_path, [{"arm": True}], "--bench", str(bench), "--fast")
    assert found["arm"] is False and "aortic regurgitation" in found["reasons"][0]


def test_in_real_time_the_loop_is_looked_after_while_a_line_is_waited_for(tmp_path):
    """Three seconds without a line: a supervisor that waited deaf would have tripped the armed machine after two."""
    process = subprocess.Popen(
        [sys.executable, "-c", MAIN, "io", "--script", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    try:
        process.stdin.write('{"arm": true}\n')
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["arm"] is True
        import time

        time.sleep(3.0)
        process.stdin.write('{"read_s": 0.1}\n')
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["state"] == "RUNNING"
        process.stdin.close()
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.stdout.close()
