"""What a watch over the frames has to tell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, Protocol

import numpy as np


class Notice(NamedTuple):
    """`priority` as IEC 60601-1-8 has it; ``info`` is no alarm."""

    tick: int
    text: str
    priority: str
    condition: str
    ends: str = ""  # the alarm that is over with this


class Watch(Protocol):
    """Somebody who reads every block of frames and tells what people have to know."""

    def look(self, frames: np.ndarray) -> Iterator[Notice]:
        """What these frames (oldest first) bring to tell."""
