"""How long a step lasts, and which of its beats are measured. Decisions fall at the ends of slices, in ticks."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING

from controller.metrics import STEADY_WITHIN, BeatMetrics, Rhythm, agree, window, window_beats
from controller.metrics.window import mean_of

if TYPE_CHECKING:
    from controller.config.protocol import Step
    from controller.metrics import Window

LONGEST_WINDOW_S = 600.0  # a mean over more says nothing more, and the beats of a day do not fit into memory


class Hold:
    """The hold of one step. Time counts while `counted` slices are pushed; a break in between starts the measuring anew.

    Args:
        step: as configured; a step without a hold is done at once.
        rhythm: of the settings in force.
        period_s: of the loop.
        tick: at which the hold begins.
    """

    def __init__(self, step: Step, rhythm: Rhythm, period_s: float, tick: int) -> None:
        self._step, self._rhythm, self._period_s = step, rhythm, period_s
        limit_s = step.hold_limit_s
        self._ticks = 0 if limit_s is None else max(1, round(limit_s / period_s))
        self._counted = 0
        self._tick = self._from = tick
        self._beats: deque[BeatMetrics] = deque()
        self._kept_s = step.measure_s if step.measure_s is not None else LONGEST_WINDOW_S
        self._whole = 0  # beats since the hold began, breaks included
        self._compared = 0  # value of _whole when windows were last compared
        self._steady: Window | None = None  # the last window that was compared
        self.done = limit_s is None
        self.missed = ""  # why the hold ended without what it waited for

    @property
    def counted_s(self) -> float:
        """Time held so far, without breaks."""
        return self._counted * self._period_s

    def until_tick(self) -> int:
        """Tick at which the hold ends at the latest, if nothing breaks it."""
        return self._tick + self._ticks - self._counted

    def push(self, beats: Sequence[BeatMetrics], tick: int, counted: bool) -> None:
        """A slice that ended at `tick`, with the beats that ended in it."""
        lasted, self._tick = tick - self._tick, tick
        if not counted:
            self._beats.clear()
            self._steady = None
            self._compared, self._from = self._whole, tick
            return
        self._counted += lasted
        fresh = [b for b in beats if b.start_s >= (self._from - 0.5) * self._period_s]
        self._beats.extend(fresh)
        self._whole += sum(b.whole for b in fresh)
        oldest_s = (tick - 0.5) * self._period_s - self._kept_s
        while self._beats and self._beats[0].start_s < oldest_s:
            self._beats.popleft()
        self._decide()

    def cut(self, why: str) -> None:
        """Ends the hold before its time. What waited for beats or for a steady state has missed it."""
        self.done = True
        if self._step.hold_s is None:
            self.missed = why

    def measure(self) -> Window | None:
        """Means over the last whole assist groups and breaths of the measuring window; None without a single beat."""
        if self._steady is not None:
            return self._steady
        return window(tuple(self._beats), self._rhythm.group, self._rhythm.breath_s) if self._beats else None

    def _decide(self) -> None:
        step = self._step
        over = self._counted >= self._ticks
        if step.hold_beats is not None:
            self.done = self._whole >= step.hold_beats
            if over and not self.done:
                self.missed = f"{self._whole} of {step.hold_beats} beats within {step.hold_limit_s:g} s"
        elif step.until is not None and (over or self._whole - self._compared >= self._rhythm.group):
            differs = self._differs(over)
            self.done = not differs
            if over and differs:
                self.missed = f"not steady within {step.hold_limit_s:g} s: {differs}"
        self.done = self.done or over

    def _differs(self, over: bool) -> str:
        """What keeps the last windows from agreeing; empty if nothing does. Asked once a group of beats."""
        step, group = self._step, self._rhythm.group
        within = step.within or STEADY_WITHIN
        self._compared = self._whole
        beats = list(self._beats)
        parts: list[list[BeatMetrics]] = []
        while len(parts) < step.windows:
            count = window_beats([b.duration_s for b in beats], step.window_s, self._rhythm)
            if not count:
                return f"{len(self._beats)} beats do not make {step.windows} windows of at least {step.window_s:g} s"
            parts.append(beats[-count:])
            del beats[-count:]
        if not over and any(apart(parts, name, allowed) for name, allowed in within.items()):
            return "apart"
        found = [window(part, group) for part in parts]
        self._steady = found[0]
        for name in step.within or ():  # by name, so a metric that is absent must not count as agreed upon
            reason = next((w.reasons.get(name, "not measured") for w in found if w.values.get(name) is None), None)
            if reason is not None:
                return f"{name}: {reason}"
        agreement = agree(found, within)
        return "" if agreement.steady else str(agreement).removeprefix("not steady: ")


def apart(parts: Sequence[Sequence[BeatMetrics]], name: str, allowed: float) -> bool:
    """Whether the means of one metric alone show that windows do not agree, without the cost of windows of all metrics."""
    means = [mean_of(name, part) for part in parts]
    known = [value for value in means if value is not None]
    return len(known) == len(means) and max(known) - min(known) > allowed * (1.0 + 1e-9)
