"""Frames into beats, whatever the blocks they come in."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.metrics import Context, Meter, Segmenter

CONTEXT = Context(bsa_m2=1.8)


@given(cuts=st.lists(st.integers(0, 4000), max_size=12))
@settings(max_examples=30, deadline=None)
def test_blocks_do_not_matter(heart_frames, cuts):
    whole = Meter(CONTEXT).push(heart_frames)
    meter = Meter(CONTEXT)
    edges = [0, *sorted(cuts), len(heart_frames)]
    parts = [b for a, z in itertools.pairwise(edges) for b in meter.push(heart_frames[a:z])]
    assert [p.as_dict() for p in parts] == [w.as_dict() for w in whole]


@pytest.fixture(scope="module")
def heart_frames():
    from importlib.util import module_from_spec, spec_from_file_location
    from pathlib import Path

    spec = spec_from_file_location("metrics_conftest", Path(__file__).with_name("conftest.py"))
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module._heart([0.8, 0.6, 1.1, 0.4, 0.9], inflate={1: (0.31, 0.6), 2: (0.31, 1.0)})


def test_beats_lie_end_to_end(heart):
    beats = Segmenter(CONTEXT).push(heart([0.7, 0.8, 0.9, 1.0]))
    assert [b.number for b in beats] == [2, 3]
    assert [b.n for b in beats] == [800, 900]
    assert beats[0].start_s == pytest.approx(0.7)
    assert beats[0].start_s + beats[0].duration_s == pytest.approx(beats[1].start_s)


def test_a_beat_says_when_it_ended(heart):
    beat = Meter(CONTEXT).push(heart([0.7, 0.8, 0.9]))[0]
    assert beat.as_dict()["t_s"] == pytest.approx(1.5)
    assert beat.as_dict()["tick"] == 1500


def test_without_beats_windows_of_two_seconds(make_frames):
    frames = make_frames(7000, plant__aop_mmHg=np.arange(7000.0))
    got = Meter(CONTEXT).push(frames)
    assert [(g.start_s, g.duration_s, g.whole) for g in got] == [(0, 2, False), (2, 2, False), (4, 2, False)]
    assert got[1].values["map_mmHg"] == pytest.approx(2999.5)
    assert got[1].reasons["hr_bpm"] == "no ventricular activation in these 2.0 s"
    assert got[1].values["lvedp_mmHg"] is None


def test_wired_bench_counts_triggers(heart):
    frames = heart([0.8] * 4)
    frames["plant.beat"] = np.nan
    assert len(Segmenter(CONTEXT).push(frames)) == 2  # no activation known: triggers
    frames["plant.beat"] = np.repeat([1.0, 2.0], 1600)
    assert len(Segmenter(Context(source="inputs")).push(frames)) == 2
    assert len(Segmenter(CONTEXT).push(frames)) == 0


def test_memory_does_not_grow(make_frames):
    segmenter = Segmenter(CONTEXT)
    held = []
    for block in range(60):  # half a minute without a beat, in short blocks
        segmenter.push(make_frames(500, start_s=block * 0.5))
        held.append(sum(part.nbytes for part in segmenter._pending))
    assert max(held) <= 2000 * 8 * 40


def test_settings_may_change_between_beats(heart):
    meter = Meter(CONTEXT)
    frames = heart([0.8] * 4)
    first = meter.push(frames[:1700])
    meter.context = Context(bsa_m2=3.6)
    second = meter.push(frames[1700:])
    assert first[0].values["cardiac_index_L_min_m2"] == pytest.approx(2 * second[0].values["cardiac_index_L_min_m2"])


def test_period_has_to_be_positive():
    with pytest.raises(ValueError, match="period_s is 0"):
        Context(period_s=0.0)
