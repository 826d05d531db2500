"""The audit of a run that goes on: what it says beat by beat is what the audit of the whole record says."""

from pathlib import Path

import numpy as np
import pytest

from cext.frame import FRAME_DTYPE
from controller.audit import audit
from controller.audit.live import LiveAudit
from controller.signals.reading import Signals

ERRORS = [  # from when, inflation and deflation offset in ms, label
    (12.0, 0.0, -60.0, "correct"),
    (40.0, -130.0, -60.0, "early inflation"),
    (70.0, 150.0, -60.0, "late inflation"),
    (100.0, 0.0, -240.0, "early deflation"),
]


@pytest.fixture(scope="module")
def mistimed(rig_run):
    """Frames of a balloon set wrong in turn, 1:2."""
    plan = [
        (at, {"iabp.enabled": True, "iabp.inflation_offset_ms": up, "iabp.deflation_offset_ms": down}, 0.0)
        for at, up, down, _ in ERRORS
    ]
    ran = rig_run(["iabp.timing=manual", "iabp.assist=1:2", "patient.hr_bpm=72"], 130.0, plan)
    frames = np.zeros(len(ran["time.t_s"]), FRAME_DTYPE)
    for name in ("in.ecg_mV", "in.aop_mmHg", "in.balloon_pressure_mmHg", "time.t_s"):
        frames[name] = ran[name]
    frames["time.tick"] = np.round(ran["time.t_s"] * 1e3)
    return frames


def live(frames, slice_ticks, every_s=1.0, on=lambda t: t >= 12.0):
    one, found = LiveAudit(1e-3, every_s), []
    for at in range(0, len(frames), slice_ticks):
        part = frames[at : at + slice_ticks]
        found += [(float(part["time.t_s"][-1]), beat) for beat in one.push(part, on(part["time.t_s"][0]))]
    return found


def test_it_says_what_the_audit_of_the_record_says(mistimed):
    columns = (mistimed["in.ecg_mV"], mistimed["in.aop_mmHg"], mistimed["in.balloon_pressure_mmHg"])
    offline = audit(Signals(Path("run"), 1e-3, *columns, {"ecg": "ecg", "pressure": "aop", "balloon": "balloon"})).beats
    shift_s = float(mistimed["time.t_s"][0])
    by_time = {round(beat.t_s + shift_s, 2): beat for beat in offline}
    told = [beat for _, beat in live(mistimed, 100)]
    same = [beat for beat in told if round(beat.t_s, 2) in by_time]
    assert len(same) >= 0.97 * len(told) > 100
    agreed = [beat.label == by_time[round(beat.t_s, 2)].label for beat in same]
    assert np.mean(agreed) >= 0.97
    off = [
        abs(beat.inflation_error_ms - other.inflation_error_ms)
        for beat in same
        if beat.inflation_error_ms is not None and (other := by_time[round(beat.t_s, 2)]).inflation_error_ms is not None
    ]
    assert np.median(off) < 3.0


def test_each_error_is_named_soon_and_each_beat_once(mistimed):
    found = live(mistimed, 50, every_s=0.5)
    times = [beat.t_s for _, beat in found]
    assert times == sorted(set(times))
    late = [heard - beat.t_s for heard, beat in found if beat.t_s > 14.0]
    assert max(late) < 4.0 and np.median(late) < 3.0
    for at, _, _, label in ERRORS:
        helped = [beat.label for _, beat in found if at + 6.0 < beat.t_s < at + 26.0 and beat.label != "unassisted"]
        assert len(helped) > 8
        assert np.mean([one == label for one in helped]) >= 0.9, (label, helped)


def test_the_size_of_the_slices_changes_nothing(mistimed):
    ends = [[beat for _, beat in live(mistimed[:60_000], ticks, on=lambda _t: True)] for ticks in (10, 50, 1000)]
    assert ends[0] == ends[1] == ends[2]


def test_lost_frames_begin_it_anew_and_it_goes_on(mistimed):
    holed = np.concatenate([mistimed[:40_000], mistimed[40_700:80_000]])
    times = [beat.t_s for _, beat in live(holed, 100)]
    gap_s = float(mistimed["time.t_s"][40_000])
    assert times == sorted(times)
    assert any(t < gap_s - 2.0 for t in times)
    assert any(gap_s + 2.0 < t < gap_s + 15.0 for t in times)
    assert not any(gap_s < t < gap_s + 0.7 for t in times)


def test_nothing_is_said_while_it_is_off_or_blind(mistimed):
    assert live(mistimed[:30_000], 100, on=lambda _t: False) == []
    blind = mistimed[:30_000].copy()
    blind["in.ecg_mV"] = np.nan
    assert live(blind, 100) == []


def test_beats_are_told_once(mistimed):
    one = LiveAudit(1e-3, 1.0)
    judged = [beat for at in range(0, 40_000, 100) for beat in one.push(mistimed[at : at + 100], True)]
    assert [row["t_s"] for row in one.untold()] == [round(beat.t_s, 4) for beat in judged]
    assert one.untold() == []


def test_a_signal_that_it_stumbles_over_does_not_end_the_run(mistimed, monkeypatch):
    one = LiveAudit(1e-3, 1.0)
    good = [beat for at in range(0, 20_000, 100) for beat in one.push(mistimed[at : at + 100], True)]
    monkeypatch.setattr("controller.audit.live.inflations", lambda *_: (_ for _ in ()).throw(ValueError("odd")))
    assert [beat for at in range(20_000, 25_000, 100) for beat in one.push(mistimed[at : at + 100], True)] == []
    monkeypatch.undo()
    again = [beat for at in range(25_000, 45_000, 100) for beat in one.push(mistimed[at : at + 100], True)]
    assert len(good) > 5
    assert len(again) > 5


def test_a_beat_without_a_diastole_has_no_inflation():
    from controller.audit.aortic_moves import inflation_in

    assert inflation_in(np.full(2000, 80.0), 500, 700, 900, 1e-3) is None
