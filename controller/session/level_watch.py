"""Alarms of the balloon's drive: a level that is beyond its setting for some time (cext/tables/balloon_alarms.toml).

A bench without such a channel has no such alarm: what is not measured is not judged.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from cext.tables.load import BalloonAlarm, Value, balloon_alarms, signals
from controller.session.notice import Notice

UNITS = {signal.path: signal.unit for signal in signals()}


class LevelWatch:
    """One level. `settings`: in force, by path; read at every look. Speaks only while the balloon pump is on."""

    def __init__(self, alarm: BalloonAlarm, settings: Mapping[str, Value]) -> None:
        self._alarm, self._settings = alarm, settings
        self._since_s: float | None = None  # the level is beyond its limit since then
        self._told = False

    def look(self, frames: np.ndarray) -> Iterator[Notice]:
        """What these frames (oldest first) bring to tell."""
        alarm, limit = self._alarm, float(self._settings[self._alarm.limit])
        level = frames[alarm.signal]
        beyond = (level < limit if alarm.side == "below" else level > limit) & (np.nan_to_num(frames["iabp.phase"]) > 0)
        edges = np.flatnonzero(np.diff(np.concatenate(([self._since_s is not None], beyond)).astype(int)))
        for i in [*edges.tolist(), len(frames)]:
            last = frames[min(i, len(frames) - 1)]
            if self._since_s is not None and not self._told and last["time.t_s"] - self._since_s >= alarm.for_s:
                self._told = True
                value, unit = float(frames[alarm.signal][max(i - 1, 0)]), UNITS[alarm.signal]
                text = f"{alarm.name}: {alarm.signal} = {value:.4g} {unit}, limit {limit:g} {unit}: {alarm.what}"
                yield Notice(int(last["time.tick"]), text, alarm.priority, alarm.name)
            if i < len(frames):
                self._since_s = float(last["time.t_s"]) if beyond[i] else None
            if self._since_s is None and self._told:
                self._told = False
                yield Notice(int(last["time.tick"]), f"{alarm.name} has ended", "info", "drive-good", alarm.name)


def level_watches(settings: Mapping[str, Value]) -> list[LevelWatch]:
    """One for every level of the table."""
    return [LevelWatch(alarm, settings) for alarm in balloon_alarms() if alarm.signal]
