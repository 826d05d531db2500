"""Cuts a stream of frames into beats."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from controller.metrics.beat import Beat
from controller.metrics.context import Context
from controller.metrics.quantities import PLANT_BEAT_ROW, TIME_ROW, TRIGGER_BEAT_ROW, Columns, Samples

WITHOUT_BEAT_S = 2.0


class Segmenter:
    """Beats out of blocks of frames; a beat may straddle blocks.

    A beat lasts from one ventricular activation (`plant.beat`; without a patient model from one trigger, `beat.count`) to
    the next. When none comes for 2 s, windows of 2 s come out instead, with `whole` False. The part before the first
    activation is not a beat either and is dropped. Holds at most 2 s of samples.

    `context` may be replaced at any time; it holds for the beats that end after.
    """

    def __init__(self, context: Context) -> None:
        self.context = context
        self._columns: Columns | None = None
        self._dtype: np.dtype[np.void] | None = None
        self._pending: list[Samples] = []
        self._length = 0
        self._begun = False  # the pending samples start with an activation
        self._number = float("nan")

    def push(self, frames: npt.NDArray[np.void]) -> list[Beat]:
        """The beats that end within `frames`, a structured array in order of time with one f8 field per signal path."""
        if len(frames) == 0:
            return []
        if self._columns is None or frames.dtype != self._dtype:
            self._columns, self._dtype = Columns(frames.dtype, self.context.source), frames.dtype
        block = self._columns.take(frames)
        count = block[PLANT_BEAT_ROW if self.context.source == "plant" else TRIGGER_BEAT_ROW]
        if np.isnan(count[0]):
            count = block[TRIGGER_BEAT_ROW]
        beats: list[Beat] = []
        if count[0] == self._number == count[-1]:  # the count never falls: nothing begins here
            self._add(block, beats)
            return beats
        before = np.concatenate(([self._number], count[:-1]))
        # NaN differs from everything: a run's first sample, and a bench that counts no beats, start nothing.
        new = np.flatnonzero((count != before) & np.isfinite(count) & np.isfinite(before))
        self._number = float(count[-1])
        start = 0
        for at in new.tolist():
            self._add(block[:, start:at], beats)
            self._close(float(block[TIME_ROW, at]), float(before[at]), beats)
            self._begun = True
            start = at
        self._add(block[:, start:], beats)
        return beats

    def _add(self, part: Samples, beats: list[Beat]) -> None:
        limit = max(1, round(WITHOUT_BEAT_S / self.context.period_s))
        while part.shape[1]:
            room = limit - self._length
            if room == 0:
                self._window(float(part[TIME_ROW, 0]), beats)
                continue
            self._pending.append(part[:, :room])
            self._length += min(room, part.shape[1])
            part = part[:, room:]

    def _window(self, end_s: float, beats: list[Beat]) -> None:
        """No activation for 2 s: what is pending goes out as a window."""
        beats.append(self._take(end_s, self._number, whole=False))
        self._begun = False

    def _close(self, end_s: float, number: float, beats: list[Beat]) -> None:
        if self._begun and self._length:
            beats.append(self._take(end_s, number, whole=True))
        self._pending, self._length = [], 0

    def _take(self, end_s: float, number: float, whole: bool) -> Beat:
        samples = self._pending[0] if len(self._pending) == 1 else np.concatenate(self._pending, axis=1)
        self._pending, self._length = [], 0
        return make_beat(samples, self.context, end_s, number, whole)


def make_beat(samples: Samples, context: Context, end_s: float | None, number: float, whole: bool) -> Beat:
    """A beat of `samples` that lasts until loop time `end_s` (None: one period after its last sample)."""
    n, period_s = samples.shape[1], context.period_s
    time = samples[TIME_ROW]
    start_s = float(time[0])
    if end_s is None:
        end_s = float(time[-1]) + period_s
    duration_s = end_s - start_s
    if not (np.isfinite(duration_s) and duration_s > 0.0):  # frames without a clock
        start_s, duration_s = start_s if np.isfinite(start_s) else 0.0, n * period_s
    return Beat(
        samples=samples,
        context=context,
        start_s=start_s,
        duration_s=duration_s,
        number=int(number) if np.isfinite(number) else 0,
        whole=whole,
        lost=max(0, round(duration_s / period_s) - n),
    )


def one_beat(frames: npt.NDArray[np.void], context: Context) -> Beat:
    """All of `frames`, one or more, as one beat that starts with its activation.

    Raises:
        ValueError: there is no frame.
    """
    if len(frames) == 0:
        raise ValueError("a beat of no frames was given: at least one is needed")
    samples = Columns(frames.dtype, context.source).take(frames)
    number = samples[PLANT_BEAT_ROW if context.source == "plant" else TRIGGER_BEAT_ROW, 0]
    return make_beat(samples, context, None, float(number), whole=True)
