"""Closure, opening and the balloon on the virtual rig, whose truth is known: sensor noise, breathing, line delay and variability on."""

import itertools

import numpy as np
import pytest


def beats(frames, from_s):
    """Per ejection: (opening_s, closure_s, predicted closure_s or NaN, share of 40 mL in the balloon at opening).

    Closure: the leaflets have come together (opening below 10 %), which at low rates is up to 20 ms after flow has turned.
    """
    t, flow = frames["time.t_s"], frames["plant.av_flow_mL_s"]
    out = (frames["plant.av_opening"] >= 0.1) & (flow > 0.0)
    onsets = np.flatnonzero(np.diff(frames["plant.beat"]) > 0) + 1
    triggers = np.flatnonzero(frames["beat.trigger"] > 0.5)
    rows = []
    for begin, end in itertools.pairwise(onsets):
        inside = np.flatnonzero(out[begin:end])
        if len(inside) == 0 or t[begin] < from_s:
            continue
        spells = np.split(inside, np.flatnonzero(np.diff(inside) > 1) + 1)
        spell = max(spells, key=lambda s: flow[begin:end][s].sum())
        near = triggers[(triggers > begin - 60) & (triggers < begin + 60)]
        predicted = t[near[0]] - frames["beat.since_r_s"][near[0]] + frames["beat.notch_s"][near[0]] if len(near) else np.nan
        at = begin + spell[0]
        shut = (
            begin + spell[0] + int(np.argmax(frames["plant.av_opening"][begin + spell[-1] : end + 100] < 0.1)) + len(spell) - 1
        )
        rows.append((t[at], t[shut], predicted, frames["plant.balloon_mL"][at] / 40.0))
    return np.array(rows)


# The target is 2 ms everywhere; docs/timing.md names these as well.
EARLY_AT_40 = pytest.mark.xfail(strict=True, reason="bias -3.1 ms: a slow heart's closure is seen early")
LATE_AT_120 = pytest.mark.xfail(strict=True, reason="bias +2.2 ms: looks beside a balloon find the closure late")


@pytest.mark.parametrize(
    ("patient", "bpm"),
    [pytest.param("cardiogenic-shock", 40, marks=EARLY_AT_40), ("cardiogenic-shock", 72),
     ("cardiogenic-shock", 95), pytest.param("cardiogenic-shock", 120, marks=LATE_AT_120),
     ("healthy", 72), ("heart-failure", 95), ("sepsis", 110), ("myocarditis", 100)],
)  # fmt: skip
def test_closure_is_predicted_in_sinus_rhythm(rig_run, patient, bpm):
    frames = rig_run(["iabp.enabled=on", f"patient.hr_bpm={bpm}"], 90.0, patient=patient)
    found = beats(frames, 30.0)
    error_ms = (found[:, 2] - found[:, 1]) * 1e3
    assert np.isfinite(error_ms).all(), "every beat has its trigger"
    assert abs(error_ms.mean()) <= 2.0
    assert error_ms.std() <= 6.0


@pytest.mark.parametrize("seed", [1, 7])
def test_fibrillation(rig_run, seed):
    """Emptying takes the time from R to opening: a tenth of a fill too much in 0.5 % of beats were R known without delay."""
    frames = rig_run(["iabp.enabled=on", "patient.rhythm=af", "patient.hr_bpm=120"], 150.0, seed=seed)
    found = beats(frames, 25.0)
    error_ms = (found[:, 2] - found[:, 1]) * 1e3
    assert np.mean(np.abs(error_ms) <= 15.0) >= 0.90
    assert np.mean(found[:, 3] > 0.1) <= 0.025


def test_closure_where_a_beat_in_two_shows_it(rig_run):
    frames = rig_run(["iabp.enabled=on", "iabp.assist=1:2"], 90.0)
    found = beats(frames, 30.0)
    error_ms = (found[:, 2] - found[:, 1]) * 1e3
    assert abs(error_ms.mean()) <= 2.0
    assert error_ms.std() <= 3.0


@pytest.mark.parametrize(
    ("patient", "seed", "low_bpm", "high_bpm"),
    [("cardiogenic-shock", 1, 40.0, 140.0), ("cardiogenic-shock", 6, 60.0, 130.0), ("healthy", 5, 60.0, 130.0)],
)
def test_never_full_at_opening_in_ramps_of_the_sinus_rate(rig_run, patient, seed, low_bpm, high_bpm):
    ramp_s = (high_bpm - low_bpm) / 10.0
    plan = [(begin, {"patient.hr_bpm": bpm}, ramp_s) for begin, bpm in ((30.0, high_bpm), (60.0, low_bpm), (90.0, high_bpm))]
    frames = rig_run(["iabp.enabled=on", f"patient.hr_bpm={low_bpm}"], 115.0, plan, patient=patient, seed=seed)
    found = beats(frames, 25.0)
    assert len(found) > 120
    assert found[found[:, 3] > 0.1].tolist() == []


@pytest.mark.parametrize(
    ("patient", "bpm", "ratio"),
    [("post-cardiotomy", 95, "1:2"), ("high-risk-pci", 70, "1:2"), ("aortic-stenosis", 75, "1:1"), ("rv-failure", 90, "1:2")],
)
def test_empty_at_opening_whatever_the_beat_before_was(rig_run, patient, bpm, ratio):
    """A beat after a balloon opens the valve up to 40 ms sooner than one without; an anacrotic turn is no opening."""
    frames = rig_run(["iabp.enabled=on", f"patient.hr_bpm={bpm}", f"iabp.assist={ratio}"], 75.0, patient=patient)
    found = beats(frames, 30.0)
    assert len(found) > 40
    assert found[found[:, 3] > 0.1].tolist() == []


def test_no_beat_is_inflated_without_a_trigger_and_the_loss_is_told(rig_run):
    events = []
    frames = rig_run(
        ["iabp.enabled=on", "iabp.trigger_stand_in=off"],
        40.0,
        [(25.0, {"patient.rhythm": "asystole"}, 0.0)],
        heard=events.append,
    )
    t, phase = frames["time.t_s"], frames["iabp.phase"]
    assert (phase[(t > 15) & (t < 25)] == 2).any()
    assert not (phase[t > 28.0] == 2).any()
    told = [event for event in events if event.data.get("condition") == "no-trigger"]
    assert [event.priority for event in told] == ["high"]
    assert 25.0 < told[0].t_s < 29.0


def test_the_loss_is_told_two_intervals_after_the_last_trigger(rig_run):
    events = []
    frames = rig_run(
        ["iabp.enabled=on", "iabp.trigger_stand_in=off", "patient.hr_bpm=55"],
        40.0,
        [(25.0, {"patient.rhythm": "asystole"}, 0.0)],
        heard=events.append,
    )
    t = frames["time.t_s"][frames["beat.trigger"] > 0.5]
    interval_s = np.diff(t)[-4:].mean()
    told = next(event.t_s for event in events if event.data.get("condition") == "no-trigger")
    assert told - t[-1] == pytest.approx(2.0 * interval_s, abs=0.25 * interval_s)
