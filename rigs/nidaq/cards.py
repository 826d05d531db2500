"""Cards whose limits are known without the hardware (cards.toml)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Card:
    """Limits of a product. `lines`: digital lines of each port; `ranges_V`: positive ends of the symmetric input ranges."""

    product: str
    bus: str
    ai: int
    ao: int
    counters: int
    lines: tuple[int, ...]
    ai_bits: int
    ai_single_Hz: float
    ai_multi_Hz: float
    ranges_V: tuple[float, ...]
    modes: tuple[str, ...]
    differential: int
    single_point: bool
    watchdog: bool
    source: str

    def fastest_Hz(self, channels: int) -> float:
        """The rate at which it samples so many inputs."""
        return self.ai_multi_Hz / channels if channels > 1 else self.ai_single_Hz

    def negative_of(self, channel: int) -> int | None:
        """The input that is the negative terminal of this differential pair; None where there is no such pair."""
        return channel + self.differential if channel % (2 * self.differential) < self.differential else None

    def range_for(self, low_V: float, high_V: float) -> float | None:
        """The smallest input range, as its positive end, that holds low_V to high_V."""
        return next((limit for limit in self.ranges_V if -limit <= low_V and high_V <= limit), None)


@cache
def cards() -> dict[str, Card]:
    """Every card by its product name."""
    rows: dict[str, dict[str, Any]] = tomllib.loads((Path(__file__).parent / "cards.toml").read_text(encoding="utf-8"))
    lists = ("lines", "ranges_V", "modes")
    found: dict[str, Card] = {}
    for name, row in rows.items():
        values: dict[str, Any] = {key: tuple(value) if key in lists else value for key, value in row.items()}
        found[name] = Card(product=name, **values)
    return found
