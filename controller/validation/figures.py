"""The published numbers, as figures.toml states them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

FILE = Path(__file__).with_name("figures.toml")
Value = float | str | bool


@dataclass(frozen=True, slots=True)
class Figure:
    """A published number, and the simulation that stands against it (columns: figures.toml)."""

    figure: str
    source: str
    patient: str
    metric: str
    low: float | None = None
    high: float | None = None
    set: Mapping[str, Value] = field(default_factory=dict)
    against: Mapping[str, Value] | None = None
    minus: str | None = None
    how: str = "value"
    over: str | None = None
    word: str = ""


@dataclass(frozen=True, slots=True)
class Deviation:
    """A limit of a shelf protocol that this model misses, and the word on it."""

    protocol: str
    step: str
    metric: str
    word: str


def read(file: Path = FILE) -> tuple[list[Figure], list[Deviation]]:
    """All figures and deviations. Raises TypeError for an unknown key, ValueError for a contradiction."""
    table = tomllib.loads(file.read_text(encoding="utf-8"))
    figures = [Figure(**{("how" if key == "as" else key): value for key, value in row.items()}) for row in table["figure"]]
    for one in figures:
        if one.low is None and one.high is None:
            raise ValueError(f"{file.name}: {one.figure} has neither low nor high")
        if (one.how == "value") != (one.against is None) or (one.how == "slope") != (one.over is not None):
            raise ValueError(f"{file.name}: {one.figure}: as = {one.how} does not fit against and over")
    return figures, [Deviation(**row) for row in table["deviation"]]
