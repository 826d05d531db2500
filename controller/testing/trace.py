"""What a rig showed lately: frames, beats and events, kept in memory while a test runs."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING

import numpy as np

from cext.frame import FRAME_DTYPE

if TYPE_CHECKING:
    from controller.metrics import BeatMetrics
    from controller.session.events import Event
    from controller.session.session import Slice

KEPT_S = 30.0
KEPT_BEATS = 4000
KEPT_EVENTS = 4000


class Trace:
    """The last KEPT_S seconds of frames, and the last beats and events. Written by one thread, read by another."""

    def __init__(self, period_s: float) -> None:
        self._keep = round(KEPT_S / period_s)
        self._blocks: deque[np.ndarray] = deque()
        self._count = 0
        self._beats: deque[BeatMetrics] = deque(maxlen=KEPT_BEATS)
        self._events: deque[Event] = deque(maxlen=KEPT_EVENTS)
        self._lock = threading.Lock()

    def hear_slice(self, piece: Slice) -> None:
        with self._lock:
            self._beats.extend(piece.beats)
            if len(piece.frames):
                self._blocks.append(piece.frames)
                self._count += len(piece.frames)
            while self._count - len(self._blocks[0]) >= self._keep if self._blocks else False:
                self._count -= len(self._blocks.popleft())

    def hear_event(self, event: Event) -> None:
        with self._lock:
            self._events.append(event)

    def frames(self, count: int) -> np.ndarray:
        """The last `count` frames, or as many as there are: FRAME_DTYPE, one row a tick, oldest first; a copy."""
        with self._lock:
            chosen: list[np.ndarray] = []
            have = 0
            for block in reversed(self._blocks):
                if have >= count:
                    break
                chosen.append(block)
                have += len(block)
        if not chosen:
            return np.zeros(0, FRAME_DTYPE)
        return np.concatenate(chosen[::-1])[max(0, have - count) :]

    def beats(self, from_s: float) -> list[BeatMetrics]:
        """Beats that began at loop time `from_s` or later, oldest first."""
        with self._lock:
            return [beat for beat in self._beats if beat.start_s >= from_s]

    def events(self) -> list[Event]:
        """Oldest first."""
        with self._lock:
            return list(self._events)
