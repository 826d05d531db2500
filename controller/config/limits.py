"""Limits on metrics: what a step must show (`Expect`), what a patient must show (`MustShow`)."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from controller.config import metrics
from controller.config.errors import Fault
from controller.config.model import Line, Strict, Word, refuse
from controller.config.nearest import nearest


def _known_metric(name: str) -> str:
    known = metrics.units()
    if name not in known:
        refuse([Fault((), "unknown metric", "what 'mockloop list metrics' shows", nearest(name, known))])
    return name


MetricName = Annotated[str, AfterValidator(_known_metric)]
Percent = Annotated[float, Field(ge=-100.0, le=10_000.0)]


class MustShow(Strict):
    """A metric and the range it must lie in, ends included, with the source of the numbers.

    `low` and `high` are in the metric's unit; `unit`, if written, is checked against it.
    """

    metric: MetricName
    low: float | None = None
    high: float | None = None
    unit: str | None = None
    source: Line

    @model_validator(mode="after")
    def _check(self) -> Self:
        refuse(self._faults())
        return self

    def _faults(self) -> list[Fault]:
        return [*unit_faults(self.metric, self.unit), *band_faults("low", self.low, "high", self.high, one=True)]


class Expect(MustShow):
    """A limit of a step, on the mean of the metric over the step's measuring window.

    Without a reference, `low` and `high` are values of the metric. With `relative_to` (an earlier step) or
    `relative_metric` (another metric, of the same step unless `relative_to` is given as well) they are differences from
    the reference in the metric's unit, and `low_pct`, `high_pct` differences in percent of the reference.
    """

    relative_to: Word | None = None
    relative_metric: MetricName | None = None
    low_pct: Percent | None = None
    high_pct: Percent | None = None

    @property
    def is_relative(self) -> bool:
        return self.relative_to is not None or self.relative_metric is not None

    def _faults(self) -> list[Fault]:
        found = unit_faults(self.metric, self.unit)
        percent = self.low_pct is not None or self.high_pct is not None
        plain = self.low is not None or self.high is not None
        if percent and plain:
            found.append(Fault((), "has limits in percent and in the metric's unit", "low, high or low_pct, high_pct"))
        elif percent:
            found += band_faults("low_pct", self.low_pct, "high_pct", self.high_pct)
        else:
            found += band_faults("low", self.low, "high", self.high, one=True)
        if percent and not self.is_relative:
            found.append(Fault((), "has limits in percent of nothing", "relative_to = an earlier step, or relative_metric"))
        if self.relative_metric is not None:
            ours, theirs = (metrics.units()[name] or "no unit" for name in (self.metric, self.relative_metric))
            if ours != theirs:
                what = f"is in {theirs}, {self.metric} in {ours}"
                found.append(Fault(("relative_metric",), what, "a metric of the same unit"))
            elif self.relative_metric == self.metric and self.relative_to is None:
                found.append(Fault(("relative_metric",), "compares the metric with itself"))
        return found


def unit_faults(metric: str, unit: str | None) -> list[Fault]:
    """The fault of a unit written beside a metric that has another one."""
    own = metrics.units()[metric]
    if unit is not None and unit != own:
        return [Fault(("unit",), f"is not the unit of {metric} (nothing is converted)", own or "no unit")]
    return []


def band_faults(low_key: str, low: float | None, high_key: str, high: float | None, *, one: bool = False) -> list[Fault]:
    """Faults of a pair of limits: out of order, or (`one`) both absent."""
    if low is not None and high is not None and low > high:
        return [Fault((low_key,), f"is above {high_key} = {high:g}: nothing can meet both")]
    if one and low is None and high is None:
        return [Fault((), "has no limit", f"{low_key}, {high_key} or both")]
    return []
