"""Debounce of conditions against a restatement that looks at one sample after the other."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.config.conditions import AbortIf, SuspendIf
from controller.protocol.watch import Debounce, Suspender, abort_watch, condition_text

DTYPE = np.dtype([("time.tick", "f8"), ("in.aop_mmHg", "f8")])


def piece(first, values):
    frames = np.zeros(len(values), DTYPE)
    frames["time.tick"] = np.arange(first, first + len(values))
    frames["in.aop_mmHg"] = values
    return SimpleNamespace(frames=frames, beats=[])


def first_true(values, need, low=50.0):
    """Index of the first sample at which values < low has lasted for `need` ticks; a NaN says what the last one said."""
    since, state = None, False
    for i, value in enumerate(values):
        state = state if np.isnan(value) else value < low
        since = (i if since is None else since) if state else None
        if since is not None and i - since >= need:
            return i
    return None


SAMPLES = st.lists(st.sampled_from([40.0, 40.0, 40.0, 60.0, float("nan")]), min_size=1, max_size=120)


@given(values=SAMPLES, need=st.integers(0, 12), cuts=st.lists(st.integers(1, 30), min_size=1, max_size=20))
def test_fires_in_the_slice_where_it_has_lasted_long_enough(values, need, cuts):
    condition = AbortIf.model_validate({"signal": "in.aop_mmHg", "below": 50.0, "for_s": need * 0.001})
    watch = abort_watch(condition, 0.001, 0.0)
    expected = first_true(values, need)
    start, number = 0, 0
    while start < len(values):
        end = min(len(values), start + cuts[number % len(cuts)])
        fired = watch.push(piece(start, values[start:end]), end)
        assert fired == (expected is not None and expected < end)
        if fired:
            assert watch.value == 40.0
            return
        start, number = end, number + 1
    assert expected is None


def test_a_slice_without_frames_changes_nothing():
    watch = abort_watch(AbortIf.model_validate({"signal": "in.aop_mmHg", "below": 50.0, "for_s": 0.01}), 0.001, 0.0)
    assert not watch.push(piece(0, [40.0] * 5), 5)
    assert not watch.push(piece(5, []), 30)
    assert watch.push(piece(30, [40.0]), 31), "true since tick 0: frames that nobody saw are no recovery"


def test_debounce_of_a_level():
    held = Debounce(100)
    assert not held.level(True, 10)
    assert not held.until(109)
    assert held.until(110)
    held.level(False, 111)
    assert not held.until(500)


@given(values=SAMPLES, resume=st.integers(0, 8), limit=st.integers(5, 60))
def test_a_suspension_always_ends(values, resume, limit):
    condition = SuspendIf.model_validate(
        {"signal": "in.aop_mmHg", "below": 50.0, "resume_for_s": resume * 0.001, "limit_s": limit * 0.001}
    )
    suspender = Suspender(condition, 0.001, 0.0)
    began = None
    for i, value in enumerate(values):
        change = suspender.push(piece(i, [value]), i + 1)
        assert change in ("", "paused", "resumed", "expired")
        if change == "paused":
            assert value < 50.0 and began is None
            began = i + 1
        elif change:
            assert began is not None
            assert (i + 1 - began >= limit) == (change == "expired") or change == "resumed"
            if change == "expired":
                return
            began = None
        assert suspender.active == (began is not None)
        assert began is None or i + 1 - began < limit


@pytest.mark.parametrize(
    ("keys", "value", "text"),
    [
        ({"signal": "in.aop_mmHg", "above": 200}, 212.345, "in.aop_mmHg 212.3 mmHg above 200 mmHg"),
        ({"metric": "map_mmHg", "below": 40, "for_s": 5, "why": "low"}, 38.0, "map_mmHg 38 mmHg below 40 mmHg for 5 s (low)"),
        ({"signal": "plant.suction", "above": 0.5}, None, "plant.suction above 0.5"),
    ],
)
def test_conditions_in_words(keys, value, text):
    assert condition_text(AbortIf.model_validate(keys), value) == text
