"""Values and reasons out of functions that either give a number or raise Absent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isfinite
from typing import TypeVar

from controller.metrics.context import Absent

Of = TypeVar("Of")


def fill(
    functions: Mapping[str, Callable[[Of], float]], of: Of, values: dict[str, float | None], reasons: dict[str, str]
) -> None:
    """Calls every function on `of`: a finite result goes into `values`, else None there and why into `reasons`."""
    for name, function in functions.items():
        try:
            value = function(of)
        except Absent as why:
            values[name], reasons[name] = None, str(why)
            continue
        if isfinite(value):
            values[name] = value
            reasons.pop(name, None)
        else:
            values[name] = None
            reasons[name] = "the samples are beyond every physical value"
