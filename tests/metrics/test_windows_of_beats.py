"""Windows of whole assist groups and breaths, their uncertainty, and rest."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cext.tables.metrics import metrics
from controller.metrics import BeatMetrics, Rhythm, Window, agree, steady, whole_groups, window


def beat(number, duration=0.8, **values):
    rows = dict.fromkeys(metrics())
    reasons = {name: "not given" for name in rows if name not in values}
    return BeatMetrics(number, number * duration, duration, True, rows | values, reasons)


def test_whole_groups_from_the_end():
    assert whole_groups([0.8] * 11, group=4) == 8
    assert whole_groups([0.8] * 3, group=4) == 0
    assert whole_groups([0.8] * 11) == 11
    with pytest.raises(ValueError, match="group of 0"):
        whole_groups([0.8], group=0)


def test_whole_breaths():
    # 4 s breaths of 0.8 s beats: 5, 10, 15 beats fit; with groups of two only 10 and 20 do.
    assert whole_groups([0.8] * 17, breath_s=4.0) == 15
    assert whole_groups([0.8] * 17, group=2, breath_s=4.0) == 10
    assert whole_groups([0.7] * 30, breath_s=4.0) == 23  # 16.1 s: .1 s off four breaths
    assert whole_groups([0.8], breath_s=4.0) == 0


@given(st.lists(st.floats(0.3, 2.0), min_size=1, max_size=60), st.integers(1, 8), st.sampled_from([0.0, 4.0, 5.0]))
def test_groups_are_whole(durations, group, breath_s):
    count = whole_groups(durations, group, breath_s)
    assert 0 <= count <= len(durations)
    assert count % group == 0


def test_mean_over_whole_groups_only():
    # 1:2 alternates 80 and 100; the odd beat in front must not tip the mean.
    beats = [beat(i, map_mmHg=100.0 if i % 2 else 80.0) for i in range(1, 8)]
    got = window(beats, group=2)
    assert got.beats == 6
    assert got.values["map_mmHg"] == pytest.approx(90.0)
    assert got.uncertainty["map_mmHg"] == pytest.approx(0.0)
    assert got.sd["map_mmHg"] == pytest.approx(math.sqrt(6 * 100 / 5))


def test_time_means_are_weighted_and_derived_ones_follow_the_means():
    beats = [
        beat(1, 0.5, map_mmHg=60.0, co_L_min=3.0, cvp_mmHg=10.0, hr_bpm=120.0, lvedp_mmHg=10.0, lvedv_mL=100.0, lvesv_mL=80.0),
        beat(2, 1.5, map_mmHg=80.0, co_L_min=5.0, cvp_mmHg=6.0, hr_bpm=40.0, lvedp_mmHg=20.0, lvedv_mL=140.0, lvesv_mL=60.0),
    ]
    got = window(beats).values
    assert got["map_mmHg"] == pytest.approx(75.0)
    assert got["hr_bpm"] == pytest.approx(60.0)  # two beats in two seconds
    assert got["lvedp_mmHg"] == pytest.approx(15.0)
    assert got["cpo_W"] == pytest.approx(75.0 * 4.5 / 451)
    assert got["svr_dyn_s_cm5"] == pytest.approx(80 * (75 - 7) / 4.5)
    assert got["stroke_volume_mL"] == pytest.approx(50.0)
    assert got["lv_ejection_fraction_pct"] == pytest.approx(100 * 50 / 120)


def test_uncertainty_is_the_standard_error_of_the_groups():
    means = [70.0, 74.0, 78.0]
    beats = [beat(i, map_mmHg=means[i // 2] + (-1) ** i) for i in range(6)]
    assert window(beats, group=2).uncertainty["map_mmHg"] == pytest.approx(4.0 / math.sqrt(3))


def test_absent_in_all_beats_keeps_the_reason():
    got = window([beat(1, map_mmHg=80.0), beat(2, map_mmHg=80.0)])
    assert got.values["lvedp_mmHg"] is None
    assert got.reasons["lvedp_mmHg"] == "not given"
    assert got.reasons["svr_dyn_s_cm5"] == "not given"
    assert got.sd["lvedp_mmHg"] is None
    assert "map_mmHg" not in got.reasons


def test_fewer_beats_than_a_group_are_all_used():
    assert window([beat(1, map_mmHg=80.0)], group=4).values["map_mmHg"] == 80.0
    with pytest.raises(ValueError, match="no beats"):
        window([])


def test_steady_when_windows_agree():
    flat = [beat(i, map_mmHg=80.0 + 5 * (i % 2), co_L_min=4.0) for i in range(40)]
    assert steady(flat, Rhythm(2)).steady
    assert not steady(flat[:8], Rhythm(2)).steady  # two windows at most
    drifting = [beat(i, map_mmHg=80.0 + 0.1 * i, co_L_min=4.0) for i in range(40)]
    verdict = steady(drifting)
    assert not verdict.steady
    assert verdict.worst == "map_mmHg"
    assert str(verdict) == "not steady: map_mmHg differs by 1 mmHg between windows, allowed 0.25 mmHg"


def test_slow_drift_is_not_rest():
    """Neighbours within tolerance, the first and the last not."""
    windows = [window([beat(1, map_mmHg=80.0 + 0.2 * i)]) for i in range(3)]
    assert agree(windows[:2]).steady
    assert not agree(windows).steady


def test_nothing_in_common_is_not_rest():
    verdict = agree([window([beat(1, map_mmHg=80.0)]), window([beat(1, co_L_min=4.0)])])
    assert not verdict.steady
    assert str(verdict) == "not steady: no metric that both windows have"
    assert not agree([]).steady


def test_breath_lengthens_the_windows():
    beats = [beat(i, map_mmHg=80.0) for i in range(30)]  # 24 s
    assert steady(beats, Rhythm(breath_s=8.0)).steady
    assert not steady(beats, Rhythm(breath_s=9.0)).steady


def test_window_says_when(make_frames):
    got = window([beat(3, map_mmHg=80.0), beat(4, map_mmHg=80.0)])
    assert isinstance(got, Window)
    assert (got.start_s, got.duration_s) == pytest.approx((2.4, 1.6))
