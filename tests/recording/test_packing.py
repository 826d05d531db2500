"""Packing against a scalar restatement, for values of every kind."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cext.frame import FRAME_DTYPE
from cext.tables import load
from controller.recording.layout import POLICIES, layout, missing
from controller.recording.packing import FramePacker, encode_integers

NASTY = [0.0, -0.0, 0.4, 0.5, 1.5, -1.0, 254.6, 255.0, 256.0, 65534.0, 65535.0, 2.0**31, 2.0**32, 2.0**53, 2.0**63, -(2.0**63)]
NASTY += [math.nan, math.inf, -math.inf, 1e300, -1e300, 5e-324]
VALUES = st.one_of(st.sampled_from(NASTY), st.floats(), st.integers(-300, 70_000).map(float))
INTEGERS = ("i8", "i4", "u4", "u2", "u1")


def one(value, kind):
    """One value into one integer type, the slow way: (stored, out of range)."""
    info, fill = np.iinfo(kind), missing(kind)
    if not math.isfinite(value):
        return fill, False
    whole = round(value)
    low = info.min + (fill == info.min)
    high = info.max - (fill == info.max)
    if kind == "i8":
        low, high = -(2**63) + 2048, 2**63 - 2048
    return min(max(whole, low), high), not low <= whole <= high


@pytest.mark.parametrize("kind", INTEGERS)
@given(values=st.lists(VALUES, min_size=1, max_size=20))
@settings(max_examples=60, deadline=None)
def test_integers_round_saturate_and_mark_what_is_missing(kind, values):
    target = np.zeros(len(values), kind)
    clipped = encode_integers(np.array(values), target)
    wanted = [one(value, kind) for value in values]
    assert target.tolist() == [stored for stored, _ in wanted]
    assert clipped == sum(out for _, out in wanted)


def test_no_real_value_is_taken_for_missing():
    for kind in INTEGERS:
        target = np.zeros(2, kind)
        encode_integers(np.array([float(np.iinfo(kind).min), float(np.iinfo(kind).max)]), target)
        assert missing(kind) not in target.tolist()


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=25, deadline=None)
def test_every_column_gets_its_own_signal(seed):
    chance = np.random.default_rng(seed)
    frames = np.zeros(7, FRAME_DTYPE)
    for name in FRAME_DTYPE.names[:-1]:
        frames[name] = chance.choice([*NASTY, *chance.normal(size=30)], frames[name].shape)
    frames["quality"] = chance.integers(0, 256, frames["quality"].shape)
    plan = layout("full")
    rows = FramePacker(plan, 16).pack(frames, 1000)
    assert rows["position"].tolist() == list(range(1000, 1007))
    for signal in load.signals():
        values = frames[signal.path]
        if np.dtype(signal.type).kind == "f":
            with np.errstate(over="ignore"):
                np.testing.assert_array_equal(rows[signal.cname], values.astype(signal.type), signal.path)
        else:
            assert rows[signal.cname].tolist() == [one(value, signal.type)[0] for value in values], signal.path
    with np.errstate(over="ignore"):
        np.testing.assert_array_equal(rows["age_s"], frames["age_s"].astype("f4"))
    np.testing.assert_array_equal(rows["quality"], frames["quality"])


@pytest.mark.parametrize("policy", POLICIES)
def test_columns_lie_aligned_without_overlap_and_rows_end_on_a_word(policy):
    plan = layout(policy)
    end = 0
    for kind, offset in sorted(((f[0], f[1]) for f in plan.dtype.fields.values()), key=lambda pair: pair[1]):
        assert offset == end
        assert offset % kind.base.itemsize == 0
        end = offset + kind.itemsize
    assert end <= plan.dtype.itemsize < end + 8
    assert plan.dtype.itemsize % 8 == 0
    assert {c.path for c in plan.columns if c.path} == {s.path for s in load.signals()}


def test_an_unknown_policy_is_named():
    with pytest.raises(ValueError, match="'some' is unknown: allowed is one of full, decimated, beats"):
        layout("some")
