"""Policy `beats`: metrics per beat, and every frame only around events. For runs of hours.

The last frames are held in memory, packed; an event writes those from `before_s` ahead of it to `after_s` behind it. Memory
is that of the history, whatever the run's length; the file grows with beats and events only.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from controller.recording.header import Header
from controller.recording.layout import layout
from controller.recording.packing import FramePacker, Rows

BEFORE_S, AFTER_S = 60.0, 10.0
# Events come by another way than frames: frames may be this much further than the event when it is read.
SLACK_S = 20.0
TICK = "time_tick"


class Beats:
    """Keeps packed frames in a circle and gives out those near events, each once."""

    def __init__(self, header: Header, block_frames: int) -> None:
        self.layout = layout("beats")
        self.safe = 0
        rate = 1e6 / header.period_us
        self._before = round(header.option("before_s", BEFORE_S, 0.0, 600.0) * rate)
        self._after = round(header.option("after_s", AFTER_S, 0.0, 600.0) * rate)
        self._packer = FramePacker(self.layout, block_frames)
        held = self._before + self._after + round(SLACK_S * rate) + block_frames
        self._history = self.layout.blank(held)
        self._given = np.ones(held, bool)  # an empty place has nothing to give
        self._next = 0
        self._until = -1  # last tick wanted by the events so far

    @property
    def clipped(self) -> int:
        """Integers that were out of the range of their column."""
        return self._packer.clipped

    def take(self, frames: np.ndarray[Any, Any], first: int) -> list[Rows]:
        """Keeps frames numbered from `first`; rows for those that an event wants already."""
        rows = self._packer.pack(frames, first)
        self.safe = first + len(frames)
        wanted = rows[TICK] <= self._until
        places = (self._next + np.arange(len(rows))) % len(self._history)
        self._history[places] = rows
        self._given[places] = wanted
        self._next = (self._next + len(rows)) % len(self._history)
        return [rows[wanted]] if wanted.any() else []

    def note(self, tick: int) -> list[Rows]:
        """An event at `tick`: rows from the history that belong around it, in order."""
        ticks = self._history[TICK]
        self._until = max(self._until, tick + self._after)
        near = np.flatnonzero(~self._given & (ticks >= tick - self._before) & (ticks <= tick + self._after))
        if not len(near):
            return []
        self._given[near] = True
        near = near[np.argsort((near - self._next) % len(self._history), kind="stable")]
        return [self._history[near]]

    def finish(self) -> list[Rows]:
        """Nothing is held back: no event asks for the rest."""
        return []
