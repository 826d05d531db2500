"""One thing that was looked at."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Finding:
    """`text` says what was found with its numbers, `advice` what to do about it; empty where all is well."""

    name: str
    grade: Literal["ok", "warn", "fail"]
    text: str
    advice: str = ""
    histogram: tuple[tuple[float, int], ...] = ()  # upper edge in us, count

    def as_dict(self) -> dict[str, Any]:
        found = asdict(self)
        rows = found.pop("histogram")
        return found | ({"histogram_us": [list(row) for row in rows]} if rows else {})
