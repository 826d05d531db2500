"""From frames at 1 kHz to the flat object of the fast topic: one value a signal for each interval of whole ticks.

Analog signals (recorded as floats) give the mean of their finite values, counters and states (recorded as integers) the last
value, flags the highest, so that a pulse of one tick is seen at any rate. A signal without a finite value gives null.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cext.tables.load import Signal

TICK, TIME = "time.tick", "time.t_s"
Frames = NDArray[np.void]
Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sample:
    """One interval: its last tick and loop time (s), frames in it, and a value for each selected signal (NaN: none)."""

    tick: int
    t_s: float
    frames: int
    values: Values


class Decimation:
    """Collects frames into intervals of `ticks` ticks, which lie on multiples of `ticks` wherever reading began.

    `skipped` counts the intervals between the first and the last sample that gave none: left out by `take`, never read, or
    never run by the loop.

    Args:
        signals: what is published, in this order.
        dtype: of the frames; every signal a double.
        ticks: length of an interval.

    Raises:
        ValueError: a signal that the frames do not have.
    """

    def __init__(self, signals: Sequence[Signal], dtype: np.dtype[Any], ticks: int) -> None:
        self.ticks = ticks
        self.skipped = 0
        self._width = dtype.itemsize // 8
        self._columns = np.array([_column(dtype, s.path) for s in signals], dtype=np.intp)
        self._tick, self._time = _column(dtype, TICK), _column(dtype, TIME)
        self._highest = np.array([s.decimate == "max" for s in signals], dtype=bool)
        self._mean = np.array([s.type.startswith("f") for s in signals], dtype=bool) & ~self._highest
        self._pieces: list[Values] = []  # rows of the interval that is still open
        self._open = -1  # its number
        self._last: int | None = None  # number of the interval of the last sample

    def take(self, frames: Frames, at_most: int) -> list[Sample]:
        """Samples of the intervals that `frames` (kept until their interval is complete) end, oldest first; of these only
        the newest `at_most`."""
        if len(frames) == 0:
            return []
        rows = frames.view(np.float64).reshape(len(frames), self._width)
        ticks = rows[:, self._tick].astype(np.int64)
        numbers = ticks // self.ticks
        starts = [0, *(np.flatnonzero(np.diff(numbers)) + 1).tolist(), len(rows)]
        done: list[list[Values]] = []
        for first, end in pairwise(starts):
            if self._pieces and numbers[first] != self._open:
                done.append(self._close())
            self._open = int(numbers[first])
            self._pieces.append(rows[first:end])
        if int(ticks[-1]) % self.ticks == self.ticks - 1:
            done.append(self._close())
        return [self._sample(pieces) for pieces in done[max(0, len(done) - at_most) :]]

    def jump(self) -> None:
        """The frames that come next do not follow: forgets the interval that is open."""
        self._close()

    def _close(self) -> list[Values]:
        pieces, self._pieces, self._open = self._pieces, [], -1
        return pieces

    def _sample(self, pieces: list[Values]) -> Sample:
        rows = pieces[0] if len(pieces) == 1 else np.concatenate(pieces)
        block = rows[:, self._columns]
        values = block[-1].copy()
        finite = np.isfinite(block)
        counts = finite.sum(axis=0)
        sums = np.where(finite, block, 0.0).sum(axis=0)
        means = np.divide(sums, counts, out=np.full(len(sums), math.nan), where=counts > 0)
        highest = np.where(finite, block, -math.inf).max(axis=0)
        values[self._mean] = means[self._mean]
        values[self._highest] = highest[self._highest]
        tick = int(rows[-1, self._tick])
        number = tick // self.ticks
        if self._last is not None:
            self.skipped += max(0, number - self._last - 1)
        self._last = number
        return Sample(tick, float(rows[-1, self._time]), len(rows), values)


class FastText:
    """Writes samples as JSON: ``{"t":epoch s,"tick":n,…,"<signal>":value,…}``. Seven digits for analog values, null for none.

    `publisher` goes into every message.
    """

    def __init__(self, signals: Sequence[Signal], publisher: str) -> None:
        self._whole = [not s.type.startswith("f") for s in signals]
        slots = "".join(f',"{s.path}":%s' for s in signals)
        self._form = '{"t":%.3f,"tick":%d,"dropped":%d,"publisher":"' + publisher + '"' + slots + "}"

    def write(self, sample: Sample, epoch_s: float, dropped: int) -> bytes:
        """`epoch_s`: wall clock (seconds since 1970) at loop time 0; `dropped`: messages lost so far, said in every message."""
        texts = [
            "null" if not math.isfinite(value) else str(int(value)) if whole else f"{value:.7g}"
            for value, whole in zip(sample.values.tolist(), self._whole, strict=True)
        ]
        return (self._form % (epoch_s + sample.t_s, sample.tick, dropped, *texts)).encode()


def _column(dtype: np.dtype[Any], path: str) -> int:
    fields: Mapping[str, Any] = dtype.fields or {}
    if path not in fields:
        raise ValueError(f"signal {path!r} is not in the frame")
    kind, offset = fields[path][0], int(fields[path][1])
    if kind != np.float64 or offset % 8 or dtype.itemsize % 8:
        raise ValueError(f"signal {path!r} is not a double on an 8-byte boundary of the frame")
    return offset // 8
