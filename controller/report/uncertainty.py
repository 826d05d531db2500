"""How far a mean, and a difference of means, can be trusted: 95 % half-widths from standard errors over assist groups.

Welch (1947) for two means of unequal spread. Groups count as independent: breathing makes the figures too wide, a drift within
a window too narrow.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from controller.report.reading import Step

LEVEL = 0.95


def of_mean(standard_error: float | None, groups: int) -> float | None:
    """95 % half-width of a mean over `groups` groups (Student); None without a standard error, or of fewer than two groups."""
    if standard_error is None or groups < 2:
        return None
    return _quantile(groups - 1) * standard_error


def of_difference(a: float | None, groups_a: int, b: float | None, groups_b: int) -> float | None:
    """95 % half-width of the difference of two independent means with standard errors `a` and `b`; None where one is not known."""
    if a is None or b is None or groups_a < 2 or groups_b < 2:
        return None
    spread = math.hypot(a, b)
    if spread == 0.0:
        return 0.0
    freedom = spread**4 / (a**4 / (groups_a - 1) + b**4 / (groups_b - 1))
    return _quantile(freedom) * spread


def of_judged(limit: Mapping[str, Any], step: Step, earlier: Mapping[str, Step]) -> float | None:
    """95 % half-width of the number that a limit judged, in `judged_unit`; of a change both means enter.

    earlier: steps by name, for limits against another step. None where the run kept no standard errors.
    """
    name, value, reference = limit["metric"], limit.get("value"), limit.get("reference")
    own = step.uncertainty.get(name)
    if reference is None:
        return of_mean(own, step.groups)
    against = earlier.get(str(limit.get("relative_to"))) if limit.get("relative_to") else step
    if against is None or value is None:
        return None
    other = against.uncertainty.get(limit.get("relative_metric") or name)
    judged = limit.get("judged")
    if judged is not None and abs(judged - (value - reference)) <= 1e-6 * max(1.0, abs(judged)):
        return of_difference(own, step.groups, other, against.groups)  # a difference in the unit of the metric
    if own is None or other is None or not reference:
        return None
    return of_difference(100.0 * own / abs(reference), step.groups, 100.0 * other * abs(value) / reference**2, against.groups)


def near(limit: Mapping[str, Any], half_width: float | None) -> bool:
    """Whether an end of the limit lies within the uncertainty of what was judged: the verdict could be the other one."""
    judged = limit.get("judged")
    ends = [end for end in (limit.get("low"), limit.get("high")) if end is not None]
    return judged is not None and half_width is not None and any(abs(judged - end) < half_width for end in ends)


def _quantile(freedom: float) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 0.5 + 0.5 * LEVEL))
