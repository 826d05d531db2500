"""Policy `full`: every frame is a row."""

from __future__ import annotations

from typing import Any

import numpy as np

from controller.recording.header import Header
from controller.recording.layout import layout
from controller.recording.packing import FramePacker, Rows


class Full:
    """Turns frames into rows. `safe` is the number of the first frame whose rows are not yet given out."""

    def __init__(self, header: Header, block_frames: int) -> None:
        self.layout = layout("full")
        self.safe = 0
        self._packer = FramePacker(self.layout, block_frames)

    @property
    def clipped(self) -> int:
        """Integers that were out of the range of their column."""
        return self._packer.clipped

    def take(self, frames: np.ndarray[Any, Any], first: int) -> list[Rows]:
        """Rows for frames numbered from `first`; valid until the next call."""
        self.safe = first + len(frames)
        return [self._packer.pack(frames, first)]

    def note(self, tick: int) -> list[Rows]:
        """An event at `tick`: nothing more to keep, everything is."""
        return []

    def finish(self) -> list[Rows]:
        """What is still held back at the end."""
        return []
