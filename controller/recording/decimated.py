"""Policy `decimated`: mean, lowest and highest of each signal over windows of a fixed number of frames.

Every n-th sample would fold a valve that chatters or a spike into something else, or lose it; extremes keep both.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from controller.recording.header import Header
from controller.recording.layout import BITS, POSITION, QUALITY, WINDOW, layout
from controller.recording.packing import Rows, Words, as_words, place, runs

WINDOW_FRAMES = 20


class Decimated:
    """Gathers frames into windows. A window ends when it is full, at a gap, and at the end of the run."""

    def __init__(self, header: Header, block_frames: int) -> None:
        self.layout = layout("decimated")
        self.window = int(header.option("window_frames", WINDOW_FRAMES, 2, 10_000))
        self.safe = 0
        self.clipped = 0
        plan = {word: runs(self.layout, [word]) for word in ("mean", "last", "min", "max", "and", "or")}
        self._plan = plan
        self._bits = np.array([run.source + k for run in plan["and"] for k in range(run.columns)], int)
        self._held: np.ndarray[Any, Any] | None = None  # frames of a window that is not full
        self._held_first = 0

    def take(self, frames: np.ndarray[Any, Any], first: int) -> list[Rows]:
        """Rows for the windows that these frames, numbered from `first`, complete."""
        made: list[Rows] = []
        if self._held is not None:
            if self._held_first + len(self._held) != first:
                made.append(self._windows(self._held, self._held_first, len(self._held)))
            else:
                frames, first = np.concatenate([self._held, frames]), self._held_first
        whole = len(frames) // self.window * self.window
        if whole:
            made.append(self._windows(frames[:whole], first, self.window))
        rest = frames[whole:]
        self._held, self._held_first = (rest.copy(), first + whole) if len(rest) else (None, 0)
        self.safe = first + whole
        return made

    def note(self, tick: int) -> list[Rows]:
        """An event at `tick`: changes nothing here."""
        return []

    def finish(self) -> list[Rows]:
        """The window that was not full."""
        if self._held is None:
            return []
        made = [self._windows(self._held, self._held_first, len(self._held))]
        self.safe, self._held = self._held_first + len(self._held), None
        return made

    def _windows(self, frames: np.ndarray[Any, Any], first: int, length: int) -> Rows:
        """One row for each `length` frames."""
        count = len(frames) // length
        words = as_words(frames)[: count * length].reshape(count, length, -1)
        rows = self.layout.blank(count)
        low, high = np.fmin.reduce(words, axis=1), np.fmax.reduce(words, axis=1)  # NaN only where there is nothing else
        for name, values in (("mean", _mean(words)), ("last", words[:, -1]), ("min", low), ("max", high)):
            self.clipped += place(values, rows, self._plan[name])
        sets, known = _bit_sets(words[:, :, self._bits])
        for name, over in (("and", np.bitwise_and), ("or", np.bitwise_or)):
            values = np.full(words.shape[::2], np.nan)
            values[:, self._bits] = np.where(known, over.reduce(sets, axis=1), np.nan)
            place(values, rows, self._plan[name])
        rows[QUALITY] = frames[QUALITY].reshape(count, length, -1).max(axis=1)
        rows[WINDOW] = length
        rows[POSITION] = first + length * np.arange(1, count + 1) - 1
        return rows


def _mean(words: Words) -> Words:
    """Mean over axis 1 of what is not NaN."""
    with np.errstate(invalid="ignore", over="ignore"):
        mean: Words = words.mean(axis=1)
        rough = np.isnan(mean)
        if rough.any():
            valid = ~np.isnan(words)
            total, count = np.where(valid, words, 0.0).sum(axis=1), valid.sum(axis=1)
            mean[rough] = np.divide(total, count, out=np.full(mean.shape, np.nan), where=count > 0)[rough]
    return mean


def _bit_sets(values: np.ndarray[Any, Any]) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Doubles as sets of bits, and where a whole window holds valid ones."""
    limit = float(np.iinfo(BITS).max)
    valid = np.isfinite(values) & (values >= 0) & (values <= limit)
    return np.where(valid, values, 0.0).astype(np.uint32), valid.all(axis=1)
