"""Closure, opening and the balloon on the virtual rig, whose truth is known: sensor noise, breathing, line delay and variability on."""

import itertools

import numpy as np
import pytest


def beats(frames, from_s):
    """Per ejection: (opening_s, closure_s, predicted closure_s or NaN, share of 40 mL in the balloon at opening)."""
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
        rows.append((t[at], t[begin + spell[-1]] + 1e-3, predicted, frames["plant.balloon_mL"][at] / 40.0))
    return np.array(rows)


@pytest.mark.parametrize("bpm", [72, 95, 120])
def test_closure_is_predicted_in_sinus_rhythm(rig_run, bpm):
    frames = rig_run(["iabp.enabled=on", f"patient.hr_bpm={bpm}"], 90.0)
    found = beats(frames, 30.0)
    error_ms = (found[:, 2] - found[:, 1]) * 1e3
    assert np.isfinite(error_ms).all(), "every beat has its trigger"
    assert abs(error_ms.mean()) <= 6.0
    assert error_ms.std() <= 6.0


def test_closure_where_a_beat_in_two_shows_it(rig_run):
    frames = rig_run(["iabp.enabled=on", "iabp.assist=1:2"], 90.0)
    found = beats(frames, 30.0)
    error_ms = (found[:, 2] - found[:, 1]) * 1e3
    assert abs(error_ms.mean()) <= 2.0
    assert error_ms.std() <= 3.0


def test_never_full_at_opening_in_ramps_of_the_sinus_rate(rig_run):
    plan = [
        (30.0, {"patient.hr_bpm": 140.0}, 10.0),
        (60.0, {"patient.hr_bpm": 40.0}, 10.0),
        (90.0, {"patient.hr_bpm": 140.0}, 10.0),
    ]
    frames = rig_run(["iabp.enabled=on", "patient.hr_bpm=40"], 115.0, plan)
    found = beats(frames, 25.0)
    assert len(found) > 120
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
