"""From frames to the fast topic: means, last values, flags, gaps; independent of how reading was cut."""

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cext.frame import FRAME_DTYPE
from cext.tables import load
from controller.telemetry.allowance import Allowance
from controller.telemetry.decimation import Decimation, FastText
from controller.telemetry.meta import meta, read, selected

ROWS = {s.path: s for s in load.signals()}
SIGNALS = [ROWS[path] for path in ("in.aop_mmHg", "state.state", "beat.trigger", "beat.count")]


def frames_of(ticks):
    ticks = np.asarray(ticks)
    frames = np.zeros(len(ticks), FRAME_DTYPE)
    frames["time.tick"] = ticks
    frames["time.t_s"] = ticks * 1e-3
    frames["in.aop_mmHg"] = np.sin(ticks * 0.1) * 40 + 80
    frames["state.state"] = ticks // 7 % 4
    frames["beat.trigger"] = ticks % 33 == 5
    frames["beat.count"] = ticks // 33
    return frames


def told(samples):
    return [(s.tick, s.t_s, s.frames, s.values.tolist()) for s in samples]


def test_mean_last_and_highest():
    frames = frames_of(range(20, 40))
    (sample,) = Decimation(SIGNALS, FRAME_DTYPE, 20).take(frames, 10)
    assert (sample.tick, sample.t_s, sample.frames) == (39, 0.039, 20)
    assert sample.values.tolist() == [pytest.approx(frames["in.aop_mmHg"].mean(), rel=1e-14), 39 // 7 % 4, 1.0, 1.0]


def test_no_number_is_left_out_of_the_mean_and_null_where_there_is_nothing_else():
    frames = frames_of(range(20))
    frames["in.aop_mmHg"][3] = math.nan
    frames["in.aop_mmHg"][4] = math.inf
    expected = np.delete(frames["in.aop_mmHg"], [3, 4]).mean()
    decimation = Decimation(SIGNALS, FRAME_DTYPE, 20)
    assert decimation.take(frames, 1)[0].values[0] == pytest.approx(expected, rel=1e-14)
    frames = frames_of(range(20, 40))
    frames["in.aop_mmHg"] = math.nan
    frames["beat.trigger"] = math.nan
    (sample,) = decimation.take(frames, 1)
    message = json.loads(FastText(SIGNALS, "mockloop-x").write(sample, 1e9, 3))
    assert message == {
        "t": 1000000000.039,
        "tick": 39,
        "dropped": 3,
        "publisher": "mockloop-x",
        "in.aop_mmHg": None,
        "state.state": 1,
        "beat.trigger": None,
        "beat.count": 1,
    }


@settings(deadline=None)
@given(st.lists(st.integers(0, 90), max_size=20), st.integers(0, 45), st.sampled_from([1, 7, 20, 100]))
def test_samples_do_not_depend_on_how_reading_was_cut(cuts, first, ticks):
    frames = frames_of(range(first, first + 500))
    whole = told(Decimation(SIGNALS, FRAME_DTYPE, ticks).take(frames, 1000))
    pieces = Decimation(SIGNALS, FRAME_DTYPE, ticks)
    at, found = 0, []
    for size in [*cuts, 500]:
        found += pieces.take(frames[at : at + size], 1000)
        at += size
    assert told(found) == whole
    assert [tick for tick, *_ in whole] == [t for t in range(first, first + 500) if t % ticks == ticks - 1]
    assert pieces.skipped == 0


def test_missed_ticks_close_an_interval_and_missing_intervals_are_counted():
    decimation = Decimation(SIGNALS, FRAME_DTYPE, 10)
    samples = decimation.take(frames_of([0, 1, 2, 9, 10, 11, 12, 45, 46, 47, 60]), 100)
    assert [(s.tick, s.frames) for s in samples] == [(9, 4), (12, 3), (47, 3)]
    assert decimation.skipped == 2  # 20 to 39


def test_only_the_newest_are_given_where_not_all_may_go():
    decimation = Decimation(SIGNALS, FRAME_DTYPE, 10)
    assert [s.tick for s in decimation.take(frames_of(range(100)), 3)] == [79, 89, 99]
    assert decimation.take(frames_of(range(100, 200)), 0) == []
    assert [s.tick for s in decimation.take(frames_of(range(200, 210)), 1)] == [209]
    assert decimation.skipped == 10


def test_after_a_jump_the_half_interval_is_forgotten():
    decimation = Decimation(SIGNALS, FRAME_DTYPE, 10)
    assert decimation.take(frames_of(range(5)), 10) == []
    decimation.jump()
    assert [(s.tick, s.frames) for s in decimation.take(frames_of(range(5, 20)), 10)] == [(9, 5), (19, 10)]


def test_big_counters_keep_their_digits():
    frames = frames_of(range(20))
    frames["beat.count"] = 123_456_789_012
    (sample,) = Decimation(SIGNALS, FRAME_DTYPE, 20).take(frames, 1)
    assert json.loads(FastText(SIGNALS, "mockloop-x").write(sample, 0.0, 0))["beat.count"] == 123_456_789_012


def test_flags_are_signals_and_an_unknown_signal_is_refused():
    assert {path for path, row in ROWS.items() if row.decimate == "max"} >= {"beat.trigger", "iabp.assisted"}
    with pytest.raises(ValueError, match=r"in\.nothing"):
        Decimation([load.Signal("in.nothing", "", "")], FRAME_DTYPE, 20)


def test_the_description_says_units_ranges_and_that_it_is_simulated(tmp_path):
    file = tmp_path / "meta.json"
    document = meta(bench="b", simulated=True, software={"version": "1"}, ranges={"in.aop_mmHg": (-50, 300)}, patient="healthy")
    file.write_text(json.dumps(document))
    assert read(file) == document
    assert document["SIMULATED"] is True
    assert document["patient"] == "healthy"
    assert document["signals"]["in.aop_mmHg"]["unit"] == "mmHg"
    assert document["signals"]["in.aop_mmHg"]["range"] == [-50, 300]
    assert [s.path for s in selected(document)] == [s.path for s in load.signals() if s.fast]
    with pytest.raises(ValueError, match=r"'in\.x' is not a signal"):
        meta(bench="b", simulated=True, software={}, fast=["in.x"])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "not JSON"),
        ("[]", "an object with"),
        ('{"signals": {"in.x": {}}}', "is not a signal"),
        ('{"signals": {}, "period_us": 0}', "period_us"),
        ('{"signals": {}, "period_us": true}', "period_us"),
        ('{"signals": {}, "epoch_s": "now"}', "epoch_s"),
    ],
)
def test_a_description_that_cannot_be_used_says_why(tmp_path, text, words):
    file = tmp_path / "meta.json"
    file.write_text(text)
    with pytest.raises(ValueError, match=words):
        read(file)


def test_an_allowance_never_holds_back_real_time_and_holds_back_what_is_faster():
    allowance = Allowance(rate_hz=50, burst=50)
    for number in range(500):  # ten seconds, one message each 20 ms
        assert allowance.at(number * 0.02) >= 1
        allowance.spend(1)
    spent = 0
    for number in range(500, 1000):  # twenty messages each 20 ms
        now = min(20, allowance.at(number * 0.02))
        allowance.spend(now)
        spent += now
    assert 500 <= spent <= 50 + 10 * 50 * 1.06
    assert allowance.at(1000.0) == 50  # a long pause fills it, no further
