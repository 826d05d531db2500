"""What a watch over the frames has to tell."""

from __future__ import annotations

from typing import NamedTuple


class Notice(NamedTuple):
    """`priority` as IEC 60601-1-8 has it; ``info`` is no alarm."""

    tick: int
    text: str
    priority: str
    condition: str
    ends: str = ""  # the alarm that is over with this
