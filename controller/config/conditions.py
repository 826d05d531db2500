"""Conditions of a protocol on a signal or a metric: what ends it (`AbortIf`), what pauses it (`SuspendIf`)."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from cext.tables.load import signals
from controller.config.errors import Fault
from controller.config.limits import MetricName
from controller.config.model import Line, Strict, refuse
from controller.config.nearest import nearest_path


def _known_signal(path: str) -> str:
    known = [signal.path for signal in signals()]
    if path not in known:
        refuse([Fault((), "unknown signal", "what 'mockloop list signals' shows", nearest_path(path, known))])
    return path


SignalPath = Annotated[str, AfterValidator(_known_signal)]
Duration = Annotated[float, Field(ge=0.0, le=86_400.0)]


class AbortIf(Strict):
    """True when the signal (or the metric of the last beat) has been beyond the bound for `for_s` without a break.

    Ends the protocol with its teardown; with ``trip = true`` the machine trips at once instead and the safe values go out.
    """

    signal: SignalPath | None = None
    metric: MetricName | None = None
    below: float | None = None
    above: float | None = None
    for_s: Duration = 0.0
    trip: bool = False
    why: Line | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        refuse(condition_faults(self.signal, self.metric, self.below, self.above))
        return self


class SuspendIf(Strict):
    """Pauses the protocol's clock while a condition holds.

    It goes on when the signal has been on the good side of `resume_above` or `resume_below` (the bound itself, if absent)
    for `resume_for_s`; after `limit_s` of pause the protocol is aborted.
    """

    signal: SignalPath | None = None
    metric: MetricName | None = None
    below: float | None = None
    above: float | None = None
    for_s: Duration = 0.0
    resume_above: float | None = None
    resume_below: float | None = None
    resume_for_s: Duration = 1.0
    limit_s: Annotated[float, Field(gt=0.0, le=86_400.0)] = 60.0
    why: Line | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        found = condition_faults(self.signal, self.metric, self.below, self.above)
        if self.resume_above is not None and (self.below is None or self.resume_above < self.below):
            found.append(Fault(("resume_above",), "does not lie above the bound", "with below = …: at least that value"))
        if self.resume_below is not None and (self.above is None or self.resume_below > self.above):
            found.append(Fault(("resume_below",), "does not lie below the bound", "with above = …: at most that value"))
        refuse(found)
        return self


def condition_faults(signal: str | None, metric: str | None, below: float | None, above: float | None) -> list[Fault]:
    """Faults of a condition: what it looks at, and its bound."""
    found: list[Fault] = []
    if (signal is None) == (metric is None):
        found.append(Fault((), "looks at both a signal and a metric" if signal else "looks at nothing", "signal or metric"))
    if (below is None) == (above is None):
        found.append(Fault((), "has two bounds" if above is not None else "has no bound", "below or above, in the unit"))
    return found
