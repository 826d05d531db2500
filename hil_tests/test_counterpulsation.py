"""The balloon pump in a failing heart: sizes and signs, their order with the assist ratio, and empty when it has to be.

Sizes are the textbook effects of correct 1:1 support in a failing heart; the limits ask for the smaller end of each range in
the right direction.
"""

from itertools import pairwise

import numpy as np
import pytest

pytestmark = pytest.mark.needs("iabp")

TEXTBOOK = "correct 1:1 support in a failing heart, textbook"
RESTING_S = 0.4  # from the deflation command to an empty balloon, with a margin: 110 ms in a console
WINDOW_S = 13.4  # three breaths: filling pressures move with them
EMPTY = 0.1  # of the fill: below it a balloon counts as empty


def supported(rig, ratio):
    rig.set({"iabp.enabled": True, "iabp.assist": ratio})
    if rig.state != "RUNNING":
        rig.start()
    rig.advance(5.0)
    return rig.until_steady(window_s=WINDOW_S)


def test_one_to_one_helps(failing_heart):
    rig = failing_heart
    base = rig.until_steady(window_s=WINDOW_S)
    on = supported(rig, "1:1")

    def change(metric):
        return on[metric] - base[metric]

    def change_pct(metric):
        return 100.0 * (on[metric] / base[metric] - 1.0)

    def expect(what, value, unit, **limit):
        rig.expect(what, value, unit=unit, source=TEXTBOOK, **limit)

    expect("augmentation", on["aop_augmented_mmHg"] - base["aop_diastolic_mmHg"], "mmHg", low=20)
    expect("augmented over systolic", on["aop_augmented_mmHg"] - on["aop_systolic_mmHg"], "mmHg", low=0)
    expect("end-diastolic change", change("aop_end_diastolic_mmHg"), "mmHg", high=-10)
    expect("systolic change", change_pct("aop_systolic_mmHg"), "%", high=-5)
    expect("LVEDP change", change_pct("lvedp_mmHg"), "%", high=-10)
    expect("output change", change("co_L_min"), "L/min", low=0.5)
    expect("DPTI/SPTI change", change_pct("sevr"), "%", low=30)


def test_effect_falls_with_the_ratio(failing_heart):
    rig = failing_heart
    base = rig.until_steady(window_s=WINDOW_S)
    steps = [supported(rig, ratio) for ratio in ("1:1", "1:2", "1:4")]
    rig.set("iabp.enabled", False)
    rig.advance(5.0)
    steps.append(rig.until_steady(window_s=WINDOW_S))
    output = [step["co_L_min"] for step in steps]
    filling = [step["lvedp_mmHg"] for step in steps]
    assert output == sorted(output, reverse=True)
    assert filling == sorted(filling)
    assert steps[-1]["co_L_min"] == pytest.approx(base["co_L_min"], rel=0.02)  # nothing of the support remains


@pytest.mark.parametrize("ratio", ["1:2", "1:3"])
def test_assisted_beats_are_followed_by_a_lower_pressure(failing_heart, ratio):
    on = supported(failing_heart, ratio)
    assert on["aop_end_diastolic_assisted_mmHg"] < on["aop_end_diastolic_unassisted_mmHg"]


@pytest.mark.parametrize("ratio", [f"1:{n}" for n in range(1, 9)])
def test_every_nth_beat_is_assisted(failing_heart, ratio):
    rig = failing_heart
    rig.set({"iabp.enabled": True, "iabp.assist": ratio})
    rig.start()
    rig.advance(15.0)
    frames = rig.frames(10.0)
    triggers = int(frames["beat.count"][-1] - frames["beat.count"][0])
    inflations = int((np.diff(frames["out.valve_pressure"]) > 0.5).sum())
    assert triggers >= 10
    assert abs(inflations - triggers / int(ratio[2:])) <= 1.0


@pytest.mark.needs("patient-model")
@pytest.mark.parametrize("bpm", [70, 98, 120])
@pytest.mark.parametrize("learned", [False, True], ids=["from-the-first-beat", "after-a-while"])
def test_inflation_is_correct(rig, bpm, learned):
    """Also when every beat is assisted from the start: the closure of the unassisted heart is learned first."""
    rig.prepare(patient="cardiogenic-shock", set={"patient.hr_bpm": bpm})
    rig.advance(20.0)
    closure_s = closures_s(rig, 15.0).mean()
    if not learned:
        rig.prepare(patient="cardiogenic-shock", set={"patient.hr_bpm": bpm})
    supported(rig, "1:1")
    source = "timing table of the design: correct, +-40 ms around closure"
    rig.expect("iabp_inflation_error_ms", low=-40, high=40, source=source)
    predicted_s = rig.signal("beat.notch_s", 10.0).mean()
    rig.expect("closure predicted less seen", 1000 * (predicted_s - closure_s), low=-40, high=40, unit="ms", source=source)


def closures_s(rig, seconds):
    """When the forward flow through the aortic valve ended, s after the R peak, in each of the last beats."""
    frames = rig.frames(seconds)
    flow = frames["plant.av_flow_mL_s"]
    triggers = np.flatnonzero(frames["beat.trigger"] == 1.0)
    found = []
    for begin, end in pairwise(triggers):
        peak = begin + int(np.argmax(flow[begin:end]))
        found.append(frames["beat.since_r_s"][peak + int(np.argmax(flow[peak:end] <= 0.0))])
    return np.array(found)


@pytest.mark.needs("patient-model")
@pytest.mark.parametrize("bpm", [70, 98, 120])
def test_empty_before_the_valve_opens(rig, bpm):
    rig.prepare(patient="cardiogenic-shock", set={"patient.hr_bpm": bpm})
    rig.advance(10.0)
    rig.set("iabp.enabled", True)
    rig.start()
    rig.advance(20.0)
    frames = rig.frames(10.0)
    opening = frames["plant.av_opening"]
    opens = np.flatnonzero((opening[1:] >= 0.1) & (opening[:-1] < 0.1)) + 1
    assert len(opens) >= 10
    fill = float(frames["plant.balloon_mL"].max())
    assert fill > 0.8 * rig.experiment.balloon.balloon.nominal_mL
    left = float(np.median(frames["plant.balloon_mL"][opens]))
    source = "timing table of the design: empty (< 10 %) when the valve opens"
    rig.expect("balloon at opening of the valve", left, high=EMPTY * fill, unit="mL", source=source)


def assert_deflated(rig, seconds):
    """Vacuum on the balloon for the last `seconds`, and no gas left in it."""
    frames = rig.frames(seconds)
    assert (frames["out.valve_pressure"] == 0.0).all()
    assert (frames["out.valve_vacuum"] == 1.0).all()
    if "patient-model" in rig.offers:
        assert frames["plant.balloon_mL"][-1] < EMPTY * rig.experiment.balloon.balloon.nominal_mL


def inflated(rig):
    """Runs 1:1 and stops the clock in the middle of an inflation."""
    rig.set("iabp.enabled", True)
    rig.start()
    rig.advance(10.0)
    rig.until(lambda frame: frame["out.valve_pressure"] == 1.0, 3.0)
    rig.advance(0.1)


def test_deflated_when_disabled(failing_heart):
    rig = failing_heart
    inflated(rig)
    rig.set("iabp.enabled", False)
    rig.advance(RESTING_S)
    assert_deflated(rig, RESTING_S - 0.1)
    rig.advance(5.0)
    assert_deflated(rig, 5.0)


def test_deflated_on_a_trip(failing_heart):
    rig = failing_heart
    inflated(rig)
    assert rig.signal("out.valve_pressure") == 1.0 or not rig.simulated
    rig.trip()
    rig.advance(RESTING_S)
    assert rig.state == "SAFE"
    frames = rig.frames(RESTING_S)
    assert (frames["out.valve_pressure"][frames["state.state"] == 5] == 0.0).all()
    assert_deflated(rig, RESTING_S - 0.1)


def test_deflated_on_a_stop(failing_heart):
    rig = failing_heart
    inflated(rig)
    rig.stop()
    rig.advance(RESTING_S)
    assert_deflated(rig, RESTING_S)


def test_deflated_without_a_trigger(failing_heart, fault):
    """The ECG goes flat, yet looks good: a lead has fallen off. Two intervals later the balloon is empty and stays so."""
    rig = failing_heart
    rig.set("iabp.trigger_stand_in", False)  # else the arterial pressure takes over
    inflated(rig)
    fault.force("in.ecg_mV", 0.0)
    rig.advance(2.0 + RESTING_S)
    assert rig.state == "RUNNING"
    assert_deflated(rig, RESTING_S)
    fault.clear()
    rig.advance(5.0)
    assert (np.diff(rig.signal("out.valve_pressure", 4.0)) > 0.5).sum() >= 3  # the trigger is back, so is the support


def test_never_inflated_for_longer_than_a_beat_without_a_trigger(failing_heart, fault):
    rig = failing_heart
    rig.set({"iabp.enabled": True, "iabp.trigger_stand_in": False})
    rig.start()
    rig.advance(10.0)
    interval_s = rig.signal("beat.rr_mean_s")
    rig.until(lambda frame: frame["beat.trigger"] == 1.0, 3.0)
    fault.force("in.ecg_mV", 0.0)
    rig.advance(4.0)
    open_s = float(rig.signal("out.valve_pressure", 4.0).sum()) * rig.period_s
    assert 0.0 < open_s <= interval_s


@pytest.mark.needs("patient-model")
def test_an_early_beat_finds_the_balloon_venting(rig):
    """Premature beats: at each activation the balloon is on vacuum, or put on it at the R wave at the latest."""
    rig.prepare(patient="cardiogenic-shock", set={"patient.rhythm": "pvc"})
    rig.set("iabp.enabled", True)
    rig.start()
    rig.advance(20.0)
    frames = rig.frames(15.0)
    triggers = np.flatnonzero(frames["beat.trigger"] == 1.0)
    assert len(triggers) >= 15
    assert (frames["out.valve_pressure"][triggers] == 0.0).all()


def test_pressure_and_vacuum_never_meet(failing_heart):
    rig = failing_heart
    rig.set("iabp.enabled", True)
    rig.start()
    rig.advance(20.0)
    frames = rig.frames(20.0)
    assert not ((frames["out.valve_pressure"] > 0.0) & (frames["out.valve_vacuum"] > 0.0)).any()
