"""Alarms of the left rotary pump, told from the frames: what its law finds (cext/laws/pump_watch.pxd), and how long it has worked.

Priorities after IEC 60601-1-8: blood that runs back is high; what takes support or has to be mended soon is medium; what the law
has already answered is low.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from controller.session.notice import Notice

# Signal, its value; condition, priority, what to do. The first signal of a group that is not 0 speaks for it.
FOUND = (
    ("pump.position", 2, "pump-in-ventricle", "medium", "flat current, placement signal ventricular: it lies in the ventricle"),
    (
        "pump.position",
        3,
        "pump-in-aorta",
        "medium",
        "current flat, placement signal aortic: the pump lies in the aorta, or the heart hardly beats: look at its position",
    ),
    ("pump.suction", 1, "pump-suction", "medium", "flow collapses: look at filling, right ventricle and position; a lower level"),
    ("pump.backward", 1, "pump-backflow", "high", "blood runs back through the pump: turn it at P-2 or more, or take it out of the valve"),
    ("pump.timed_out", 1, "pump-boost-over", "low", "boost has lasted as long as it may: on at the fastest numbered level"),
    ("pump.timed_out", 2, "pump-auto-over", "low", "AUTO has lasted as long as it may: on at the numbered level below its speed"),
)  # fmt: skip
PLACED = ("pump-in-ventricle", "pump-in-aorta")


@dataclass(frozen=True, slots=True)
class Allowed:
    """How long a pump may work by its labelling. `hours` None: nothing is said."""

    hours: float | None
    source: str
    placed: bool  # across the valve, so that its position can be told


class PumpWatch:
    """Compares each block of frames with the one before."""

    def __init__(self, allowed: Allowed, period_s: float) -> None:
        self._allowed = allowed
        self._period_s = period_s
        self._before = {signal: 0 for signal, *_ in FOUND} | {"pump.lowered": 0}
        self._ticks = 0  # in which the pump turned
        self._tick = -1
        self._over = False

    def look(self, frames: np.ndarray) -> Iterator[Notice]:
        """What these frames (oldest first) bring to tell."""
        now = {signal: np.nan_to_num(frames[signal]).astype(int) for signal in self._before}
        before = {signal: np.concatenate(([self._before[signal]], values[:-1])) for signal, values in now.items()}
        changed = np.zeros(len(frames), bool)
        for signal, values in now.items():
            changed |= values != before[signal]
        for i in np.flatnonzero(changed).tolist():
            tick = int(frames["time.tick"][i])
            for signal, value, condition, priority, what in FOUND:
                here, there = int(now[signal][i]), int(before[signal][i])
                if here == there or (condition in PLACED and not self._allowed.placed):
                    continue
                if there == value:
                    yield Notice(tick, f"{condition} has ended", "info", "pump-good", condition)
                if here == value:
                    yield Notice(tick, f"{condition}: {what}", priority, condition)
            yield from self._lowered(tick, int(now["pump.lowered"][i]), int(before["pump.lowered"][i]))
        self._before = {signal: int(values[-1]) for signal, values in now.items()}
        yield from self._time(frames)

    def _lowered(self, tick: int, now: int, before: int) -> Iterator[Notice]:
        if now > before:
            levels = "one level" if now == 1 else f"{now} levels"
            text = f"suction was answered: {levels} under the one asked for; set a level when its cause is gone"
            yield Notice(tick, text, "low", "pump-lowered")
        elif before > now == 0:
            yield Notice(tick, "the pump follows the level asked for again", "info", "pump-good", "pump-lowered")

    def _time(self, frames: np.ndarray) -> Iterator[Notice]:
        ticks = frames["time.tick"].astype(np.int64)
        passed = np.diff(ticks, prepend=self._tick if self._tick >= 0 else ticks[0])
        self._tick = int(ticks[-1])
        hours = self._allowed.hours
        if hours is None:
            return
        worked = self._ticks + np.cumsum(np.where(np.nan_to_num(frames["out.pump_speed_rpm"]) > 0.0, passed, 0))
        self._ticks = int(worked[-1])
        over = worked * self._period_s > 3600.0 * hours
        if over.any() and not self._over:
            self._over = True
            why = f"the pump has worked for {hours:g} h, as long as it may ({self._allowed.source})"
            yield Notice(int(ticks[np.argmax(over)]), f"pump-time: {why}", "medium", "pump-time")
