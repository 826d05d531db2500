"""Limits: absolute, relative to a step or a metric, in units and percent, and what has no value."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.config.limits import Expect
from controller.protocol.limits import Measured, judge, not_judged

HERE = Measured(
    {"map_mmHg": 80.0, "aop_systolic_mmHg": 100.0, "cvp_mmHg": 0.0, "lap_mean_mmHg": None}, {"lap_mean_mmHg": "shut"}
)
BASE = Measured({"map_mmHg": 64.0, "aop_systolic_mmHg": 110.0, "cvp_mmHg": -4.0}, {})


def expect(**keys):
    return Expect.model_validate({"source": "test", **keys})


@pytest.mark.parametrize(
    ("limit", "verdict", "judged", "reason"),
    [
        ({"metric": "map_mmHg", "low": 80, "high": 80}, "pass", 80.0, ""),
        ({"metric": "map_mmHg", "low": 80.5}, "fail", 80.0, "map_mmHg is 80 mmHg, below 80.5 mmHg"),
        ({"metric": "map_mmHg", "high": 79}, "fail", 80.0, "map_mmHg is 80 mmHg, above 79 mmHg"),
        ({"metric": "map_mmHg", "relative_to": "base", "low": 16, "high": 16}, "pass", 16.0, ""),
        ({"metric": "map_mmHg", "relative_to": "base", "low_pct": 25}, "pass", 25.0, ""),
        (
            {"metric": "map_mmHg", "relative_to": "base", "high_pct": 20},
            "fail",
            25.0,
            "map_mmHg differs from base by +25 %, above 20 %",
        ),
        ({"metric": "cvp_mmHg", "relative_to": "base", "low_pct": 100}, "pass", 100.0, ""),  # up by 4 from -4 is up
        ({"metric": "map_mmHg", "relative_metric": "aop_systolic_mmHg", "high": -20}, "pass", -20.0, ""),
        (
            {"metric": "map_mmHg", "relative_metric": "aop_systolic_mmHg", "relative_to": "base", "low": 0},
            "fail",
            -30.0,
            "map_mmHg differs from aop_systolic_mmHg of base by -30 mmHg, below 0 mmHg",
        ),
        ({"metric": "lap_mean_mmHg", "low": 0}, "fail", None, "lap_mean_mmHg: shut"),
        ({"metric": "tau_ms", "low": 0}, "fail", None, "tau_ms: not measured"),
        ({"metric": "map_mmHg", "relative_to": "gone", "low": 0}, "fail", None, "gone was not measured"),
        (
            {"metric": "map_mmHg", "relative_metric": "lap_mean_mmHg", "low": 0},
            "fail",
            None,
            "lap_mean_mmHg of the same step, the reference: shut",
        ),
        (
            {"metric": "map_mmHg", "relative_metric": "cvp_mmHg", "low_pct": 5},
            "fail",
            None,
            "cvp_mmHg of the same step is 0: no difference in percent",
        ),
    ],
)
def test_verdict_and_reason(limit, verdict, judged, reason):
    found = judge(expect(**limit), HERE, {"base": BASE})
    assert (found.verdict, found.judged, found.reason) == (verdict, judged, reason)


def test_a_value_that_is_not_finite_fails():
    found = judge(expect(metric="map_mmHg", low=0), Measured({"map_mmHg": math.nan}, {}), {})
    assert (found.verdict, found.reason) == ("fail", "map_mmHg: the value is nan")


@given(
    value=st.floats(-1e6, 1e6),
    reference=st.floats(-1e6, 1e6).filter(lambda x: abs(x) > 1e-6),
    low=st.floats(-100, 1000),
    high=st.floats(-100, 1000),
)
def test_percent_limits_are_a_band_around_the_reference(value, reference, low, high):
    if low > high:
        low, high = high, low
    measured = Measured({"map_mmHg": value}, {})
    found = judge(
        expect(metric="map_mmHg", relative_to="base", low_pct=low, high_pct=high),
        measured,
        {"base": Measured({"map_mmHg": reference}, {})},
    )
    change = 100.0 * (value - reference) / abs(reference)
    assert (found.verdict == "pass") == (low <= change <= high)
    assert bool(found.reason) == (found.verdict == "fail")
    assert found.judged_unit == "%" and found.unit == "mmHg"


def test_a_limit_that_was_not_judged_has_no_value():
    found = not_judged(expect(metric="map_mmHg", low=1))
    assert (found.verdict, found.value, found.judged) == ("not-run", None, None)
    assert found.as_dict()["low"] == 1
