"""``[[precondition]]`` of a protocol: settings that must lie in a range before anything starts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import AfterValidator, model_validator

from controller.config.errors import Fault
from controller.config.limits import band_faults
from controller.config.model import Line, Many, Strict, refuse
from controller.config.settings import Refused, setting

if TYPE_CHECKING:
    from controller.config.effective import Effective


def _a_number(path: str) -> str:
    try:
        row = setting(path)
    except Refused as refused:
        fault = refused.fault
        refuse([Fault((), fault.what, fault.allowed, fault.hint)])
    else:
        if row.kind != "float":
            refuse([Fault((), f"is no number: it is {'a choice' if row.kind == 'choice' else row.kind}")])
    return path


class Precondition(Strict):
    """A setting and the range in which it must be in force before arming, ends included; `why` in words for people.

    Where the bench has no patient model a setting of the patient is nobody's knowledge: a prompt asks there.
    """

    setting: Annotated[str, AfterValidator(_a_number)]
    low: float | None = None
    high: float | None = None
    why: Line

    @model_validator(mode="after")
    def _check(self) -> Self:
        refuse(band_faults("low", self.low, "high", self.high, one=True))
        return self


def unmet(preconditions: Many[Precondition], settings: Effective, modelled: bool) -> Iterator[Fault]:
    """What stands against them in the settings in force, at its place in the protocol's file."""
    for i, condition in enumerate(preconditions):
        if condition.setting.startswith("patient.") and not modelled:
            continue
        entry = settings[condition.setting]
        low = condition.low is None or entry.number >= condition.low
        high = condition.high is None or entry.number <= condition.high
        if not (low and high):
            allowed = f"at least {condition.low:g}" if not low else f"at most {condition.high:g}"
            what = f"is not met: {condition.setting} is {entry.value} ({entry.origin}); {condition.why}"
            yield Fault(("precondition", i, "setting"), what, allowed)
