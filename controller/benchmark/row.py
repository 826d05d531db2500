"""One figure of the benchmark."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Row:
    """A measured figure. `met`: whether it reaches `target`; None where there is no target. `how`: what was done."""

    name: str
    value: float
    unit: str
    target: str = ""
    met: bool | None = None
    how: str = ""

    def as_dict(self) -> dict[str, object]:
        return asdict(self)


def at_least(name: str, value: float, unit: str, least: float, how: str) -> Row:
    return Row(name, value, unit, f">= {least:g}", value >= least, how)


def at_most(name: str, value: float, unit: str, most: float, how: str) -> Row:
    return Row(name, value, unit, f"<= {most:g}", value <= most, how)


def median_of(count: int, once: Callable[[], float]) -> float:
    """Median of `count` calls, after one that does not count."""
    once()
    return median(once() for _ in range(count))
