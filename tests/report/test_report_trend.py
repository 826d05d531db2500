"""The trend over the run: every beat where they can be told apart, their range where they cannot."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from controller.report.reading import Run
from controller.report.trend import MOST_MARKS, trend


def a_run(beats: int, spike: bool = False) -> Run:
    t = np.arange(beats) * 0.6
    pressure = 80.0 + np.sin(t)
    if spike:
        pressure[beats // 2] = 180.0
    return Run(Path(), {}, {}, [], [], np.empty(0), {}, True, t, {"map_mmHg": pressure}, {}, [])


def test_picture_of_a_day_is_no_larger_than_of_an_hour():
    hour, day = (len(trend(a_run(beats))[0]) for beats in (6_000, 144_000))
    assert day < 1.2 * hour < 300_000


def test_one_beat_in_a_day_is_still_seen():
    """The axis reaches the outlier: it is drawn, not thinned away."""
    calm, spiked = trend(a_run(144_000))[0], trend(a_run(144_000, spike=True))[0]
    assert ">180<" not in calm.replace(" ", "")
    assert "<!-- 150 -->" in spiked


def test_few_beats_are_dots():
    few, many = trend(a_run(MOST_MARKS))[0], trend(a_run(MOST_MARKS + 1))[0]
    assert few.count("<use") > MOST_MARKS > many.count("<use")
