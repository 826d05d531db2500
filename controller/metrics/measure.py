"""The metrics of one beat, and of a stream of frames."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from cext.tables.metrics import metrics
from controller.metrics import balloon, derived, flows, haemolysis, pressures, work
from controller.metrics.balloon import Assist, Before
from controller.metrics.beat import Beat
from controller.metrics.context import Context
from controller.metrics.derived import Means
from controller.metrics.fill import fill
from controller.metrics.segment import Segmenter, one_beat

OF_A_BEAT: dict[str, Callable[[Beat], float]] = {**work.METRICS, **pressures.METRICS, **flows.METRICS, **haemolysis.METRICS}
# More of a beat than this lost by the reader, and its extremes and integrals are not to be trusted.
MOST_LOST = 0.02


@dataclass(frozen=True, slots=True)
class BeatMetrics:
    """All metrics of one beat (or of a window without beats, `whole` False).

    values: every name of cext/tables/metrics.toml, a finite number or None. reasons: why, for each None.
    number counts activations; start_s is loop time, tick the first one after the beat (-1: not known).
    assisted: the diastole of this beat holds an inflation; None not known.
    before: what this beat leaves for the metrics of the next.
    """

    number: int
    start_s: float
    duration_s: float
    whole: bool
    values: dict[str, float | None]
    reasons: dict[str, str]
    before: Before = field(default_factory=Before, repr=False)
    tick: int = -1

    @property
    def end_s(self) -> float:
        return self.start_s + self.duration_s

    @property
    def assisted(self) -> bool | None:
        return self.before.assisted

    def as_dict(self) -> dict[str, object]:
        """For JSON and the recording: t_s and tick of the beat's end, its number, length, and the values (null: absent)."""
        return {
            "t_s": round(self.end_s, 9),
            "tick": self.tick,
            "beat": self.number,
            "start_s": self.start_s,
            "duration_s": self.duration_s,
            "whole": self.whole,
            "assisted": self.assisted,
            **self.values,
        }


def beat_metrics(frames: npt.NDArray[np.void] | Beat, context: Context, previous: BeatMetrics | None = None) -> BeatMetrics:
    """The metrics of one beat.

    frames: structured array, one float64 field per signal path, from one ventricular activation to the next; or a `Beat`.
    previous: metrics of the beat just before, for what a balloon does across the two; None if it was not seen.

    Raises:
        ValueError: there is no frame.
    """
    beat = frames if isinstance(frames, Beat) else one_beat(frames, context)
    before = previous.before if previous is not None and previous.whole else Before()
    values: dict[str, float | None] = dict.fromkeys(metrics())
    reasons: dict[str, str] = {}
    if beat.lost > MOST_LOST * (beat.n + beat.lost):
        reason = f"{beat.lost} of {beat.n + beat.lost} samples of this beat were lost"
        reasons = dict.fromkeys(values, reason)
        return BeatMetrics(beat.number, beat.start_s, beat.duration_s, beat.whole, values, reasons, tick=beat.end_tick)

    assist = Assist(beat, before)
    # Overflow of absurd inputs ends in a reason, not in a warning.
    with np.errstate(all="ignore"):
        fill(OF_A_BEAT, beat, values, reasons)
        fill(balloon.METRICS, assist, values, reasons)
        fill(derived.METRICS, Means(values, reasons), values, reasons)
        left = assist.left() if beat.whole else Before()
    return BeatMetrics(beat.number, beat.start_s, beat.duration_s, beat.whole, values, reasons, left, beat.end_tick)


class Meter:
    """Metrics of every beat of a stream of frames; memory does not grow.

    >>> meter = Meter(Context.from_settings(settings))
    >>> for block in blocks:
    ...     for beat in meter.push(block):
    ...         print(beat.values["map_mmHg"])
    """

    def __init__(self, context: Context) -> None:
        self._segmenter = Segmenter(context)
        self._previous: BeatMetrics | None = None

    @property
    def context(self) -> Context:
        return self._segmenter.context

    @context.setter
    def context(self, context: Context) -> None:
        """New settings hold for the beats that end from now on."""
        self._segmenter.context = context

    def push(self, frames: npt.NDArray[np.void]) -> list[BeatMetrics]:
        """Metrics of the beats that end within `frames` (structured array, in order of time)."""
        done = []
        for beat in self._segmenter.push(frames):
            self._previous = beat_metrics(beat, beat.context, self._previous)
            done.append(self._previous)
        return done
