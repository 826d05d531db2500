"""The auditor: its labels partition the line, and it sees what was set wrong on purpose."""

from pathlib import Path

import numpy as np
import pytest

from controller.audit import LABELS, audit, label_of
from controller.audit.labels import deflation_label, inflation_label
from controller.signals.reading import Signals


@pytest.mark.parametrize(
    ("error_ms", "label"),
    [(-300, "early inflation"), (-60, "early inflation"), (-59.9, "borderline"), (-40.1, "borderline"), (-40, "correct"), (0, "correct"),
     (40, "correct"), (40.1, "borderline"), (79.9, "borderline"), (80, "late inflation"), (300, "late inflation")],
)  # fmt: skip
def test_inflation_labels_partition_the_line(error_ms, label):
    assert inflation_label(error_ms) == label


@pytest.mark.parametrize(
    ("from_opening_ms", "from_onset_ms", "label"),
    [(0.1, 70, "late deflation"), (0.0, 70, "correct"), (-160, -99.9, "correct"), (-161, -100, "early deflation")],
)
def test_deflation_labels_partition_the_line(from_opening_ms, from_onset_ms, label):
    assert deflation_label(from_opening_ms, from_onset_ms) == label


def test_the_worst_names_the_beat():
    assert label_of("early inflation", "late deflation") == "late deflation"
    assert label_of("borderline", "correct") == "borderline"
    assert label_of("correct", None) == "correct"
    assert label_of(None, None) is None
    assert len(set(LABELS)) == 6


@pytest.mark.parametrize(
    ("inflation_ms", "deflation_ms", "expected"),
    [
        (0.0, -60.0, "correct"),
        (-110.0, -60.0, "early inflation"),
        (130.0, -60.0, "late inflation"),
        (0.0, -230.0, "early deflation"),
    ],
)
def test_what_was_set_wrong_on_purpose_is_seen(rig_run, inflation_ms, deflation_ms, expected):
    sets = [
        "iabp.timing=manual",
        f"iabp.inflation_offset_ms={inflation_ms}",
        f"iabp.deflation_offset_ms={deflation_ms}",
        "iabp.assist=1:2",
        "patient.hr_bpm=72",
    ]
    frames = rig_run(sets, 50.0, [(12.0, {"iabp.enabled": True}, 0.0)])
    names = {"ecg": "ecg", "pressure": "aop", "balloon": "balloon"}
    signals = Signals(Path("run"), 1e-3, frames["in.ecg_mV"], frames["in.aop_mmHg"], frames["in.balloon_pressure_mmHg"], names)
    found = audit(signals)
    judged = [beat for beat in found.beats if beat.label != "unassisted" and beat.t_s > 18.0]
    assert len(judged) > 15
    assert np.mean([beat.label == expected for beat in judged]) >= 0.98
    wanted = inflation_ms
    assert np.mean([beat.inflation_error_ms for beat in judged]) == pytest.approx(wanted, abs=12.0)


def test_no_balloon_no_verdict(rig_run):
    frames = rig_run([], 25.0, [])
    signals = Signals(Path("run"), 1e-3, frames["in.ecg_mV"], frames["in.aop_mmHg"], np.full(len(frames["in.aop_mmHg"]), np.nan),
                      {"ecg": "ecg", "pressure": "aop"})  # fmt: skip
    assert {beat.label for beat in audit(signals).beats} == {"unassisted"}
