"""Names of terminals: ``Dev1/ai3``, ``Dev1/ao0``, ``Dev1/port0/line7``, ``Dev1/ctr0``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["ai", "ao", "digital", "counter"]
_FORMS = (
    ("ai", re.compile(r"([A-Za-z0-9_-]+)/ai(\d+)")),
    ("ao", re.compile(r"([A-Za-z0-9_-]+)/ao(\d+)")),
    ("counter", re.compile(r"([A-Za-z0-9_-]+)/ctr(\d+)")),
    ("digital", re.compile(r"([A-Za-z0-9_-]+)/port(\d+)/line(\d+)")),
)
FORM = "DEVICE/aiN, DEVICE/aoN, DEVICE/portN/lineN or DEVICE/ctrN"


@dataclass(frozen=True, slots=True)
class Terminal:
    """One place on a card. `port` is 0 but for digital lines."""

    device: str
    kind: Kind
    index: int
    port: int = 0

    def __str__(self) -> str:
        if self.kind == "digital":
            return f"{self.device}/port{self.port}/line{self.index}"
        return f"{self.device}/{'ctr' if self.kind == 'counter' else self.kind}{self.index}"


def terminal(text: str) -> Terminal:
    """Reads the name of a terminal. Raises ValueError."""
    for kind, form in _FORMS:
        if found := form.fullmatch(text):
            numbers = [int(group) for group in found.groups()[1:]]
            return Terminal(found[1], kind, numbers[-1], numbers[0] if kind == "digital" else 0)  # type: ignore[arg-type]
    raise ValueError(f"'{text}' is no terminal: {FORM}")
