"""Alarm low-augmentation: what an inflation does to the aortic pressure, beat by beat, told from the frames.

Augmentation is the highest aortic pressure from the inflation command until 100 ms after the deflation command; its rise is
counted from the pressure at the command. The usual rise is the median of the first USUAL inflations since the pump was switched
on or one of `RESETS` was changed. The alarm is raised when the mean rise of the last BEATS inflations is less than SHARE of it, or
their mean augmentation lies below iabp.augmentation_alarm_mmHg, and ends when neither holds any more. [limits: design values]
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

import numpy as np

from cext.tables.load import Value, balloon_alarms
from controller.session.notice import Notice

USUAL, BEATS, SHARE = 12, 6, 0.4
LONGER = 100  # ticks after the deflation command
RESETS = ("enabled", "assist", "timing", "fill_mL", "inflation_offset_ms", "deflation_offset_ms", "trigger", "gas")
ALARM = next(alarm for alarm in balloon_alarms() if alarm.name == "low-augmentation")


class AugmentationWatch:
    """`settings`: in force, by path; read at every look."""

    def __init__(self, settings: Mapping[str, Value]) -> None:
        self._settings = settings
        self._asked = self._words()
        self._told = False
        self._begin()

    def _words(self) -> tuple[Value, ...]:
        return tuple(self._settings[f"iabp.{name}"] for name in RESETS)

    def _begin(self) -> None:
        self._inflated = False
        self._left = 0  # ticks that still count to the last inflation; 0: none is open
        self._from = self._peak = np.nan
        self._rises: list[float] = []
        self._peaks: list[float] = []
        self._usual = np.nan

    def look(self, frames: np.ndarray) -> Iterator[Notice]:
        """What these frames (oldest first) bring to tell."""
        asked = self._words()
        on = bool(np.nan_to_num(frames["iabp.phase"][-1]) > 0)
        if asked != self._asked or not on:
            self._asked = asked
            self._begin()
            if self._told and not on:
                yield from self._ended(int(frames["time.tick"][-1]))
            return
        full = np.nan_to_num(frames["iabp.phase"]) == 2
        aop = frames["in.aop_mmHg"]
        edges = np.flatnonzero(np.diff(np.concatenate(([self._inflated], full)).astype(int))).tolist()
        for begin, end in pairwise([0, *edges, len(frames)]):
            if end == begin:
                continue
            if full[begin]:
                if not self._inflated:  # the command
                    yield from self._over(int(frames["time.tick"][begin]))
                    self._from = self._peak = float(aop[begin])
                    self._left = LONGER
                self._peak = float(np.fmax(self._peak, np.nanmax(aop[begin:end], initial=-np.inf)))
            elif self._left:
                there = aop[begin : min(end, begin + self._left)]
                self._peak = float(np.fmax(self._peak, np.nanmax(there, initial=-np.inf)))
                self._left = max(self._left - (end - begin), 0)
                if not self._left:
                    yield from self._over(int(frames["time.tick"][end - 1]))
            self._inflated = bool(full[begin])

    def _over(self, tick: int) -> Iterator[Notice]:
        """An inflation is known."""
        peak, rise = self._peak, self._peak - self._from
        self._from = self._peak = np.nan
        if not np.isfinite(rise):
            return
        self._rises, self._peaks = [*self._rises[-(USUAL - 1) :], rise], [*self._peaks[-(BEATS - 1) :], peak]
        if np.isnan(self._usual):
            if len(self._rises) == USUAL:
                self._usual = float(np.median(self._rises))
            return
        mean_rise, mean = float(np.mean(self._rises[-BEATS:])), float(np.mean(self._peaks))
        limit = float(self._settings["iabp.augmentation_alarm_mmHg"])
        low = mean_rise < SHARE * self._usual or mean < limit
        if low and not self._told:
            self._told = True
            text = f"{ALARM.name}: augmented pressure {mean:.0f} mmHg" + (f", limit {limit:g} mmHg" if limit else "")
            text += f"; an inflation raises it by {mean_rise:.0f} mmHg, at first {self._usual:.0f} mmHg: {ALARM.what}"
            yield Notice(tick, text, ALARM.priority, ALARM.name)
        elif self._told and not low:
            yield from self._ended(tick)

    def _ended(self, tick: int) -> Iterator[Notice]:
        self._told = False
        yield Notice(tick, f"{ALARM.name} has ended", "info", "augmentation-good", ALARM.name)
