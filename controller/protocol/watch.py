"""Conditions on signals and metrics with debounce: what ends a protocol (`abort_if`), what pauses it (`suspend_if`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from cext.tables.load import signals
from cext.tables.metrics import metrics

if TYPE_CHECKING:
    from controller.config.conditions import AbortIf, SuspendIf
    from controller.protocol.interface import Slice

Test = Callable[[npt.NDArray[np.float64]], npt.NDArray[np.bool_]]


class Debounce:
    """True once its input has been true for `need` ticks without a break (at once for 0)."""

    def __init__(self, need: int) -> None:
        self._need = need
        self._since: int | None = None  # tick at which the present stretch of true began

    @property
    def state(self) -> bool:
        return self._since is not None

    def clear(self) -> None:
        self._since = None

    def samples(self, true: npt.NDArray[np.bool_], ticks: npt.NDArray[np.int64]) -> bool:
        """Takes successive samples (same shape) and says whether any stretch of true was long enough."""
        breaks = np.flatnonzero(~true)
        if len(breaks) == 0:
            return len(ticks) > 0 and self._held(int(ticks[0]), int(ticks[-1]))
        starts, ends = [0, *(breaks + 1).tolist()], [*breaks.tolist(), len(ticks)]
        reached = False
        for start, end in zip(starts, ends, strict=True):
            if end > start:
                reached = self._held(int(ticks[start]), int(ticks[end - 1])) or reached
            if end < len(ticks):
                self._since = None
        return reached

    def level(self, true: bool, at: int) -> bool:
        """The input is `true` from tick `at` on."""
        if not true:
            self._since = None
            return False
        return self._held(at, at)

    def until(self, now: int) -> bool:
        """Nothing has changed until tick `now`."""
        return self._since is not None and now - self._since >= self._need

    def _held(self, first: int, last: int) -> bool:
        if self._since is None:
            self._since = first
        return last - self._since >= self._need


class Watch:
    """One condition on a signal (every tick) or a metric (every beat; it holds until the next beat says otherwise).

    A sample that is not finite, or a metric that is None, changes nothing: what was seen last stays in force.

    Args:
        signal, metric: path or name of what is looked at; exactly one.
        test: array of values -> array of truth.
        for_s: how long it must be true without a break.
        from_s: beats that began before this loop time are not looked at.
    """

    def __init__(
        self, signal: str | None, metric: str | None, test: Test, for_s: float, period_s: float, from_s: float = 0.0
    ) -> None:
        self._signal, self._metric, self._test = signal, metric, test
        self._period_s, self._from_s = period_s, from_s - 0.5 * period_s
        self._held = Debounce(round(for_s / period_s))
        self.value: float | None = None  # last value for which the test was true

    def clear(self, from_s: float) -> None:
        """Forgets what was seen."""
        self._held.clear()
        self._from_s = from_s - 0.5 * self._period_s

    def push(self, piece: Slice, tick: int) -> bool:
        """Whether the condition has become, or still is, true for long enough by the end of this slice, at `tick`."""
        if self._metric is not None:
            return self._push_beats(piece, tick)
        if len(piece.frames) == 0:
            return False
        values = np.asarray(piece.frames[self._signal], dtype=np.float64)
        true = self._test(values)
        finite = np.isfinite(values)
        if not finite.all():
            true = self._carried(true, finite)
        met = values[true & finite]
        if len(met):
            self.value = float(met[-1])
        return self._held.samples(true, piece.frames["time.tick"].astype(np.int64))

    def _carried(self, true: npt.NDArray[np.bool_], finite: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """Each sample that is not finite takes over the truth of the last finite one."""
        last = np.maximum.accumulate(np.where(finite, np.arange(len(true)), -1))
        return np.where(last >= 0, true[last], self._held.state)

    def _push_beats(self, piece: Slice, tick: int) -> bool:
        reached = False
        for beat in piece.beats:
            value = beat.values.get(self._metric or "")
            if value is None or beat.start_s < self._from_s:
                continue
            ended = round((beat.start_s + beat.duration_s) / self._period_s)
            reached = self._held.until(ended) or reached
            true = bool(self._test(np.array([value]))[0])
            self.value = value if true else self.value
            reached = self._held.level(true, ended) or reached
        return self._held.until(tick) or reached


def abort_watch(condition: AbortIf, period_s: float, from_s: float) -> Watch:
    """The watch of an ``abort_if``."""
    test = _beyond(condition.below, condition.above)
    return Watch(condition.signal, condition.metric, test, condition.for_s, period_s, from_s)


class Suspender:
    """A ``suspend_if`` at work: `active` while it pauses the protocol."""

    def __init__(self, condition: SuspendIf, period_s: float, from_s: float) -> None:
        c = self.condition = condition
        self._pause = Watch(c.signal, c.metric, _beyond(c.below, c.above), c.for_s, period_s, from_s)
        self._resume = Watch(c.signal, c.metric, _good_again(c), c.resume_for_s, period_s, from_s)
        self._limit = round(c.limit_s / period_s)
        self._period_s = period_s
        self._began = 0
        self.lasted = 0  # ticks of the present or last pause
        self.active = False

    def push(self, piece: Slice, tick: int) -> str:
        """What changed by the end of this slice: ``"paused"``, ``"resumed"``, ``"expired"`` (paused too long) or ``""``."""
        if not self.active:
            if not self._pause.push(piece, tick):
                return ""
            self.active, self._began = True, tick
            self._resume.clear(tick * self._period_s)
            return "paused"
        self.lasted = tick - self._began
        if self._resume.push(piece, tick):
            self.active = False
            self._pause.clear(tick * self._period_s)
            return "resumed"
        return "expired" if self.lasted >= self._limit else ""

    @property
    def value(self) -> float | None:
        """Last value that asked for the pause."""
        return self._pause.value


def condition_text(condition: AbortIf | SuspendIf, value: float | None) -> str:
    """The condition in words, with the value that met it: ``map_mmHg 38.2 mmHg below 40 mmHg for 5 s (too low to perfuse)``."""
    name, unit = condition.signal or condition.metric or "", ""
    if condition.signal is not None:
        unit = next((s.unit for s in signals() if s.path == name), "")
    elif name in metrics():
        unit = metrics()[name].unit
    bound = condition.below if condition.below is not None else condition.above
    seen = "" if value is None else f" {value:.4g} {unit}".rstrip()
    text = f"{name}{seen} {'below' if condition.below is not None else 'above'} {bound:g} {unit}".rstrip()
    text += f" for {condition.for_s:g} s" if condition.for_s else ""
    return text + (f" ({condition.why})" if condition.why else "")


def _beyond(below: float | None, above: float | None) -> Test:
    if below is not None:
        return lambda values: values < below
    assert above is not None
    return lambda values: values > above


def _good_again(c: SuspendIf) -> Test:
    if c.below is not None:
        least = c.resume_above if c.resume_above is not None else c.below
        return lambda values: values >= least
    most = c.resume_below if c.resume_below is not None else c.above
    assert most is not None
    return lambda values: values <= most
