"""The table of metrics (metrics.toml): names, units, labels, definitions.

| column | meaning | default |
|---|---|---|
| `unit` | unit of the value; empty for a ratio | required |
| `label` | words for people | required |
| `definition` | how it is computed, in one line | required |
| `average` | over a window: `beat` mean over beats, `time` mean weighted by duration, `derived` formula of the means | beat |
| `decimals` | digits after the point in tables for people | 1 |
| `source` | where the definition comes from, if not in every textbook | "" |
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache

from cext.tables.load import FOLDER

AVERAGES = ("beat", "time", "derived")


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric of a beat or of a window of beats."""

    name: str
    unit: str
    label: str
    definition: str
    average: str = "beat"
    decimals: int = 1
    source: str = ""

    def text(self, value: float | None) -> str:
        """The value with the digits that are meant for people, without unit; ``–`` for None."""
        if value is None:
            return "–"
        shown = f"{value:.{self.decimals}f}"
        return shown.removeprefix("-") if float(shown) == 0.0 else shown.replace("-", "−")


@cache
def metrics() -> dict[str, Metric]:
    """Every metric by its name, in the order of the table.

    Raises:
        ValueError: a row names an average that does not exist.
    """
    with (FOLDER / "metrics.toml").open("rb") as file:
        rows = {name: Metric(name=name, **row) for name, row in tomllib.load(file).items()}
    for row in rows.values():
        if row.average not in AVERAGES:
            raise ValueError(f"metric {row.name}: average {row.average!r} is none of {', '.join(AVERAGES)}")
    return rows


def beat_columns() -> dict[str, str]:
    """What is recorded of a beat, name to unit: its number, place and kind (1 yes, 0 no), then every metric."""
    facts = {"beat": "", "start_s": "s", "duration_s": "s", "whole": "", "assisted": ""}
    return facts | {name: row.unit for name, row in metrics().items()}


def markdown() -> str:
    """The table as docs/metrics.md shows it; a test holds the two together."""
    lines = ["| metric | unit | mean over | definition |", "|---|---|---|---|"]
    over = {"beat": "beats", "time": "time", "derived": "the means"}
    for row in metrics().values():
        source = f" ({row.source})" if row.source else ""
        lines.append(f"| `{row.name}` | {row.unit or '–'} | {over[row.average]} | {row.definition}{source} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(markdown())
