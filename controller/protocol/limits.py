"""Judges what a step must show: every `expect` against the means of the step's measuring window."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from cext.tables.metrics import metrics

if TYPE_CHECKING:
    from controller.config.limits import Expect

Verdict = Literal["pass", "fail", "not-run"]


@dataclass(frozen=True, slots=True)
class Measured:
    """Means of a step's window: a value for every metric, or None with the reason."""

    values: Mapping[str, float | None]
    reasons: Mapping[str, str]

    def get(self, metric: str) -> tuple[float | None, str]:
        """Value, or None and why."""
        value = self.values.get(metric)
        if value is None:
            return None, self.reasons.get(metric, "not measured")
        return (value, "") if math.isfinite(value) else (None, f"the value is {value}")


@dataclass(frozen=True, slots=True)
class LimitResult:
    """One limit and what came of it.

    `value` and `reference` are in the metric's unit. `judged` is what low and high were held against: the value, or the
    difference from the reference, in `judged_unit`. `reason` says what is wrong when the verdict is ``fail``.
    """

    metric: str
    unit: str
    source: str
    low: float | None
    high: float | None
    verdict: Verdict
    value: float | None = None
    judged: float | None = None
    judged_unit: str = ""
    relative_to: str | None = None
    relative_metric: str | None = None
    reference: float | None = None
    reason: str = ""

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        return {
            "metric": self.metric,
            "unit": self.unit,
            "low": self.low,
            "high": self.high,
            "verdict": self.verdict,
            "value": self.value,
            "judged": self.judged,
            "judged_unit": self.judged_unit,
            "relative_to": self.relative_to,
            "relative_metric": self.relative_metric,
            "reference": self.reference,
            "reason": self.reason,
            "source": self.source,
        }


def not_judged(expect: Expect) -> LimitResult:
    """The limit of a step that was not run to its end."""
    return _result(expect, "not-run")


def judge(expect: Expect, here: Measured, earlier: Mapping[str, Measured]) -> LimitResult:
    """One limit on the means of a step. `earlier`: the last measurement of each step run before, by name.

    A metric without a value fails with its reason, and so does a reference that is missing. Bounds belong to the range.
    """
    value, reason = here.get(expect.metric)
    if value is None:
        return _result(expect, "fail", reason=f"{expect.metric}: {reason}")
    if not expect.is_relative:
        return _within(expect, value, value, None)
    of = here if expect.relative_to is None else earlier.get(expect.relative_to)
    if of is None:
        return _result(expect, "fail", value=value, reason=f"{_reference(expect)} was not measured")
    reference, reason = of.get(expect.relative_metric or expect.metric)
    if reference is None:
        return _result(expect, "fail", value=value, reason=f"{_reference(expect)}, the reference: {reason}")
    judged = value - reference
    if _percent(expect):
        if reference == 0.0:
            reason = f"{_reference(expect)} is 0: no difference in percent"
            return _result(expect, "fail", value=value, reference=reference, reason=reason)
        judged = 100.0 * judged / abs(reference)
    return _within(expect, value, judged, reference)


def _reference(expect: Expect) -> str:
    """What a relative limit compares with, in words."""
    where = "the same step" if expect.relative_to is None else expect.relative_to
    return f"{expect.relative_metric} of {where}" if expect.relative_metric is not None else where


def _quantity(value: float, unit: str, sign: str = "") -> str:
    return f"{value:{sign}.4g} {unit}".rstrip()


def _percent(expect: Expect) -> bool:
    return expect.low_pct is not None or expect.high_pct is not None


def _bounds(expect: Expect) -> tuple[float | None, float | None]:
    return (expect.low_pct, expect.high_pct) if _percent(expect) else (expect.low, expect.high)


def _within(expect: Expect, value: float, judged: float, reference: float | None) -> LimitResult:
    low, high = _bounds(expect)
    unit = "%" if _percent(expect) else metrics()[expect.metric].unit
    what = f"{expect.metric} is {_quantity(judged, unit)}"
    if reference is not None:
        what = f"{expect.metric} differs from {_reference(expect)} by {_quantity(judged, unit, sign='+')}"
    reason = ""
    if low is not None and judged < low:
        reason = f"{what}, below {_quantity(low, unit)}"
    elif high is not None and judged > high:
        reason = f"{what}, above {_quantity(high, unit)}"
    verdict: Verdict = "fail" if reason else "pass"
    return _result(expect, verdict, value=value, judged=judged, reference=reference, reason=reason)


def _result(
    expect: Expect,
    verdict: Verdict,
    value: float | None = None,
    judged: float | None = None,
    reference: float | None = None,
    reason: str = "",
) -> LimitResult:
    low, high = _bounds(expect)
    row = metrics().get(expect.metric)
    unit = "" if row is None else row.unit
    return LimitResult(
        metric=expect.metric,
        unit=unit,
        source=expect.source,
        low=low,
        high=high,
        verdict=verdict,
        value=value,
        judged=judged,
        judged_unit="%" if _percent(expect) else unit,
        relative_to=expect.relative_to,
        relative_metric=expect.relative_metric,
        reference=reference,
        reason=reason,
    )
