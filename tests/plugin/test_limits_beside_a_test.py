"""A limit is met or missed, never in between, and nonsense is refused before a test relies on it."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.testing.artifacts import file_name
from controller.testing.limits import judge, missed, summary

finite = st.floats(allow_nan=False, allow_infinity=False)


@given(value=finite, low=finite, high=finite)
def test_passes_exactly_within(value, low, high):
    low, high = sorted((low, high))
    assert judge("x", value, low=low, high=high, source="s").passed == (low <= value <= high)


@pytest.mark.parametrize("value", [None, math.nan, math.inf, -math.inf])
def test_no_value_is_a_miss(value):
    verdict = judge("x", value, low=-1e308, source="s", reason="the valve is shut")
    assert not verdict.passed
    assert verdict.value is None
    assert verdict.reason


@pytest.mark.parametrize(
    ("low", "high", "source"),
    [(None, None, "s"), (2.0, 1.0, "s"), (math.nan, None, "s"), (None, math.inf, "s"), (1.0, None, " ")],
)
def test_nonsense_is_refused(low, high, source):
    with pytest.raises(ValueError, match="limit on x"):
        judge("x", 0.0, low=low, high=high, source=source)


def test_misses_are_told_together():
    verdicts = [judge(name, 1.0, low=low, source="book", unit="mmHg") for name, low in (("a", 0), ("b", 2), ("c", 3))]
    text = missed(verdicts)
    assert text.splitlines()[0] == "2 of 3 limits missed:"
    assert "b: 1 mmHg, allowed at least 2 mmHg [book]" in text
    assert missed(verdicts[:1]) == ""


def test_properties_come_back_as_lines():
    verdicts = [judge("map_mmHg", 70.0, high=68, source="s", unit="mmHg"), judge("lap_mean_mmHg", 20.0, low=16, source="s")]
    lines = summary([("t.py::test", *verdict.as_property()) for verdict in verdicts])
    assert [line.split()[0] for line in lines] == ["MISS", "pass"]
    assert "70 mmHg" in lines[0] and "at most 68" in lines[0] and "t.py::test" in lines[0]


@given(st.text(min_size=1))
def test_file_names_are_plain(test):
    name = file_name(test)
    assert name and "/" not in name and name not in (".", "..") and len(name) <= 120
