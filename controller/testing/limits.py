"""Limits beside the test: each is judged where it is written, all misses fail the test together at its end."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass

PROPERTY = "mockloop.limit."  # name of a JUnit property: this and the metric


@dataclass(frozen=True, slots=True)
class Verdict:
    """One limit as judged. `value` in `unit`, None where there is none (then `reason` says why, and the limit is missed).

    `low` and `high` belong to what is allowed; None: no limit on that side. `source`: where the numbers are from.
    `half_width`: of the 95 % interval of a mean; None where it is not known.
    """

    metric: str
    value: float | None
    unit: str
    low: float | None
    high: float | None
    source: str
    passed: bool
    reason: str = ""
    t_s: float = 0.0
    half_width: float | None = None

    @property
    def allowed(self) -> str:
        low = f"{self.low:g}" if self.low is not None else ""
        high = f"{self.high:g}" if self.high is not None else ""
        if low and high:
            return f"{low} to {high}"
        return f"at least {low}" if low else f"at most {high}"

    def __str__(self) -> str:
        value = "no value" if self.value is None else f"{self.value:.4g} {self.unit}".rstrip()
        why = f" ({self.reason})" if self.reason else ""
        return f"{self.metric}: {value}{why}, allowed {self.allowed} {self.unit}".rstrip() + f" [{self.source}]"

    def as_property(self) -> tuple[str, str]:
        """Name and value (JSON) of a JUnit property."""
        content = asdict(self) | {"verdict": "pass" if self.passed else "fail"}
        del content["passed"]
        return PROPERTY + self.metric, json.dumps(content, ensure_ascii=False)


def judge(
    metric: str,
    value: float | None,
    *,
    low: float | None = None,
    high: float | None = None,
    source: str,
    unit: str = "",
    reason: str = "",
    t_s: float = 0.0,
    half_width: float | None = None,
) -> Verdict:
    """The verdict on one value; ends of the range are allowed. A value that is not finite is missed.

    Raises:
        ValueError: no limit at all, limits that nothing meets or that are not finite, or no source.
    """
    shown = f"limit on {metric}"
    ends = [end for end in (low, high) if end is not None]
    if not ends or not all(math.isfinite(end) for end in ends) or ends != sorted(ends):
        raise ValueError(f"{shown}: low = {low}, high = {high}; give one or both, finite, low not above high")
    if not source.strip():
        raise ValueError(f"{shown}: give the source of the numbers, source='…'")
    if value is not None and not math.isfinite(value):
        value, reason = None, f"the value is {value}"
    passed = value is not None and (low is None or value >= low) and (high is None or value <= high)
    return Verdict(
        metric, value, unit, low, high, source.strip(), passed, reason if value is None else "", round(t_s, 6), half_width
    )


def missed(verdicts: Iterable[Verdict]) -> str:
    """All misses together for the failure of a test; ``""`` if there are none."""
    every = list(verdicts)
    misses = [verdict for verdict in every if not verdict.passed]
    if not misses:
        return ""
    return f"{len(misses)} of {len(every)} limits missed:\n" + "\n".join(f"  {verdict}" for verdict in misses)


def summary(rows: Iterable[tuple[str, str, str]]) -> list[str]:
    """Lines for the end of the session. rows: (test, property name, property value) of every limit judged."""
    lines = []
    for test, name, content in rows:
        found = json.loads(content)
        verdict = Verdict(**{key: found[key] for key in found if key != "verdict"}, passed=found["verdict"] == "pass")
        value = "–" if verdict.value is None else f"{verdict.value:.4g} {verdict.unit}".rstrip()
        mark = "pass" if verdict.passed else "MISS"
        lines.append(f"{mark}  {name.removeprefix(PROPERTY):<36} {value:>18}  {verdict.allowed:<20}  {test}")
    return lines
