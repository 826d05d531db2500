"""`mockloop calibrate` as its user runs it: what it finds on the simulated benches is what was put into them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from controller.config.experiment import load_experiment

ROOT = Path(__file__).parents[2]
NOMINAL_ML = 40.0  # configs/devices/iabp-40.toml: from there the membrane is stiff, it is full
MAIN = "from controller.cli import main; main()"


def calibrate(*words, code=0, **options):
    done = subprocess.run(
        [sys.executable, "-c", MAIN, "calibrate", *map(str, words)], cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, timeout=120, **options,
    )  # fmt: skip
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done


@pytest.mark.parametrize("base", ["virtual", "simulated-wires"])
def test_zero_recovers_a_known_offset_and_the_next_run_reads_true(my_bench, base):
    path = my_bench(base, lap_mmHg="offset = 4.0")
    found = json.loads(calibrate("zero", "lap_mmHg", "--bench", path, "--operator", "Ada", "--json").stdout)
    (row,) = found["records"]
    assert row["offset"] == pytest.approx(-4.0, abs=0.05) and row["gain"] == 1.0
    assert (row["operator"], row["kind"]) == ("Ada", "zero") and row["expires"] > row["date"]
    experiment = load_experiment(None, bench=str(path))
    assert experiment.calibration.sha256 == found["sha256"]
    assert experiment.calibration.lines()["lap_mmHg"][1] == row["offset"]
    assert (path.parent / "mine.calibration" / f"{row['date']}-lap_mmHg-zero.png").read_bytes()[:4] == b"\x89PNG"


def test_points_recover_gain_and_offset_and_a_later_zero_keeps_the_gain(my_bench):
    path = my_bench(aop_mmHg="offset = 4.0, gain_error_pct = 3.0")
    (row,) = json.loads(calibrate("points", "aop_mmHg", "--at", "0,100,200", "--bench", path, "--json").stdout)["records"]
    assert row["gain"] == pytest.approx(1 / 1.03, abs=2e-4) and row["offset"] == pytest.approx(-4.0 / 1.03, abs=0.05)
    assert len(row["points"]) == 3 and max(map(abs, row["residuals"])) < 0.1
    (zero,) = json.loads(calibrate("zero", "aop_mmHg", "--bench", path, "--json").stdout)["records"]
    assert zero["gain"] == row["gain"]
    shown = json.loads(calibrate("show", "--bench", path, "--json").stdout)
    assert shown["reasons_against_arming"] == [] and shown["calibration"]["sensors"]["aop_mmHg"]["gain"] == row["gain"]


def identified(path, *words):
    found = json.loads(calibrate("identify", *words, "--bench", path, "--json").stdout)
    return {row["channel"]: row for row in found["records"]}


@pytest.mark.parametrize("base", ["virtual", "simulated-wires"])
def test_identify_recovers_the_known_delays_of_the_valves(my_bench, base):
    """A tick from writing to reading, 4 ms of lag and 2 ms of sensor stand behind the dead time; 12 ms more show as 12 ms more."""
    quick = identified(my_bench(base), "valve_pressure", "valve_vacuum")
    slow = identified(my_bench(base, "delay_ms = 20, lag_ms = 4"), "valve_pressure", "valve_vacuum")
    for channel in ("valve_pressure", "valve_vacuum"):
        assert 8.0 <= quick[channel]["delay_ms"] <= 8.0 + 4.0
        assert slow[channel]["delay_ms"] - quick[channel]["delay_ms"] == pytest.approx(12.0, abs=0.5)
        for path, value in slow[channel]["settings"].items():
            if path != "iabp.filling_ms":
                assert value - quick[channel]["settings"][path] == pytest.approx(12.0, abs=2.5), path
    assert quick["valve_pressure"]["saturation"] == pytest.approx(250.0, abs=5.0), "the drive's pressure reservoir"
    assert quick["valve_vacuum"]["saturation"] == pytest.approx(-100.0, abs=2.0), "the drive's vacuum reservoir"


def test_the_delays_that_fill_the_compensation_are_those_of_the_balloon_itself(my_bench):
    """Against the volume in the plant, which no bench could tell."""
    import asyncio

    from controller.commissioning.hands import Hands

    path = my_bench()
    rows = identified(path, "valve_pressure", "valve_vacuum")
    measured = rows["valve_pressure"]["settings"] | rows["valve_vacuum"]["settings"]
    truth = {key: [] for key in measured}

    async def play():
        hands = Hands(load_experiment(None, bench=str(path)), realtime=False, seed=2)
        try:
            await hands.open()
            await hands.arm()
            await hands.pass_s(0.6)
            for _ in range(8):
                frames = [await hands.pass_s(0.4, {"valve_pressure": 1.0})]
                hands.release()
                frames = np.concatenate([*frames, await hands.pass_s(0.6)])
                volume, valve = frames["plant.balloon_mL"], frames["out.valve_pressure"] > 0.5
                on, off = int(np.flatnonzero(valve)[0]), int(np.flatnonzero(valve)[-1]) + 1
                low, full = volume[on], volume[off]
                stroke = full - low
                truth["iabp.inflation_delay_ms"].append(np.flatnonzero(volume[on:] > low + 0.1 * stroke)[0])
                truth["iabp.filling_ms"].append(np.flatnonzero(volume[on:] > NOMINAL_ML)[0])
                truth["iabp.deflation_delay_ms"].append(np.flatnonzero(volume[off:] < full - 0.05 * stroke)[0])
                truth["iabp.emptying_ms"].append(np.flatnonzero(volume[off:] < 0.1 * full)[0])
            await hands.stand_down()
        finally:
            hands.close()

    asyncio.run(play())
    assert set(truth) == {"iabp.inflation_delay_ms", "iabp.filling_ms", "iabp.deflation_delay_ms", "iabp.emptying_ms"}
    for setting, limit_ms in (("inflation_delay", 3.0), ("deflation_delay", 4.0), ("emptying", 6.0), ("filling", 6.0)):
        path = f"iabp.{setting}_ms"
        assert measured[path] == pytest.approx(np.median(truth[path]), abs=limit_ms), path


def test_a_pump_shows_dead_time_rise_and_hysteresis(my_bench):
    (row,) = identified(my_bench(), "pump_speed_rpm", "--set", "pump.device=impella-cp").values()
    assert 0.0 <= row["delay_ms"] < 15.0 and 100.0 < row["rise_ms"] < 300.0
    assert row["saturation"] is None and "follows up to 46000" in row["reasons"]["saturation"]
    assert 0.0 <= row["hysteresis"] < 0.02 * 46000


def test_a_tight_balloon_passes_and_a_falling_line_fails(my_bench):
    (row,) = json.loads(calibrate("leak", "--bench", my_bench(), "--json").stdout)["records"]
    assert row["passed"] and abs(row["fall_mmHg_min"]) < 2.0
    leaky = my_bench(balloon_pressure_mmHg="drift_per_h = -1200")
    (row,) = json.loads(calibrate("leak", "--bench", leaky, "--json", code=1).stdout)["records"]
    assert not row["passed"] and row["fall_mmHg_min"] == pytest.approx(20.0, abs=2.0)
    shown = calibrate("show", "--bench", leaky).stdout
    assert "LEAKS" in shown and "against arming: the leak test" in shown


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("zero", "nonsense_mmHg"), 1, "input nonsense_mmHg: this bench has aop_mmHg"),
        (("zero", "estop"), 1, "input estop is on or off"),
        (("points", "aop_mmHg", "--at", "0,x"), 2, "numbers with commas between them"),
        (("points", "aop_mmHg", "--at", "5,5"), 1, "a line needs two different references"),
        (("points", "aop_mmHg", "--at", "0,900"), 4, "SAFE: pressure_high"),
        (("identify", "pump_speed_rpm"), 1, "no pump is fitted"),
        (("identify", "pump_enable"), 1, "no input of this bench shows it"),
    ],
)
def test_what_cannot_be_calibrated_is_refused_and_nothing_is_kept(my_bench, words, code, says):
    path = my_bench()
    done = calibrate(*words, "--bench", path, code=code)
    assert says in done.stderr.replace("\n", " ")
    assert not path.with_name("mine.calibration.json").exists()


def test_a_dry_run_keeps_nothing_and_a_shipped_bench_takes_nothing(my_bench):
    path = my_bench()
    assert "nothing was kept" in calibrate("zero", "lap_mmHg", "--bench", path, "--dry-run").stdout
    assert sorted(file.name for file in path.parent.iterdir()) == ["mine.toml"]
    assert "comes with the program" in calibrate("zero", "lap_mmHg", "--bench", "virtual", code=3).stderr
