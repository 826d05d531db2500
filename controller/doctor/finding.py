"""One thing that was looked at."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Finding:
    """`text` says what was found with its numbers, `advice` what to do about it; empty where all is well."""

    name: str
    grade: Literal["ok", "warn", "fail"]
    text: str
    advice: str = ""

    def as_dict(self) -> dict[str, str]:
        return asdict(self)
