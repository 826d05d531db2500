"""Alarms as people are to see them: by priority, latched until acknowledged and gone, with what came first and its value.

Presentation after IEC 60601-1-8: three priorities, marked !!!, !! and ! beside the word; what has ended but was not
acknowledged stays (a latching alarm signal); acknowledging is an act of a person and says who. What an alarm does to the
machine is not here: trips are the core's (docs/safety.md), and no acknowledgement clears one.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

MARKS = {"high": "!!!", "medium": "!!", "low": "!"}
ORDER = ("high", "medium", "low")


@dataclass(frozen=True, slots=True)
class Reading:
    """What an alarm is about: the signal that crossed its limit, with both. `limit` None: there is no number to it."""

    signal: str
    value: float
    limit: float | None
    unit: str

    def __str__(self) -> str:
        unit = f" {self.unit}" if self.unit else ""
        limit = f", limit {self.limit:g}{unit}" if self.limit is not None else ""
        return f"{self.signal} = {self.value:.4g}{unit}{limit}"


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm condition since it was raised.

    `first_out`: of those that are active, the one that came first. `present`: its cause is still there. `acknowledged`: by
    whom; empty: by nobody yet. `count`: how often it was raised since nobody has acknowledged it.
    """

    condition: str
    priority: str
    text: str
    tick: int
    t_s: float
    reading: Reading | None = None
    first_out: bool = False
    present: bool = True
    acknowledged: str = ""
    count: int = 1

    @property
    def mark(self) -> str:
        return MARKS[self.priority]

    def as_data(self) -> dict[str, Any]:
        """What an event of this alarm carries beside its text: first_out, count, and the reading where there is one."""
        data: dict[str, Any] = {"first_out": self.first_out, "count": self.count}
        if self.reading is not None:
            value = self.reading.value if math.isfinite(self.reading.value) else None  # JSON has no NaN
            data |= {"signal": self.reading.signal, "value": value, "limit": self.reading.limit, "unit": self.reading.unit}
        return data


class Alarms:
    """The alarms of a session. `changed` is called after every change; it must not raise and not block."""

    def __init__(self, changed: Callable[[], None] = lambda: None) -> None:
        self._alarms: dict[str, Alarm] = {}
        self._changed = changed

    def on_change(self, changed: Callable[[], None]) -> None:
        """`changed` is called from now on instead."""
        self._changed = changed

    @property
    def active(self) -> tuple[Alarm, ...]:
        """What is to be shown: the most urgent first, and within a priority the earliest."""
        return tuple(sorted(self._alarms.values(), key=lambda alarm: (ORDER.index(alarm.priority), alarm.tick)))

    @property
    def first_out(self) -> Alarm | None:
        """What came first of all that is active: where the search for the cause begins."""
        return next((alarm for alarm in self._alarms.values() if alarm.first_out), None)

    def raised(self, condition: str, priority: str, text: str, tick: int, t_s: float, reading: Reading | None = None) -> Alarm:
        """An alarm condition is there. Raised again it counts, and wants to be acknowledged again; its first reading stays.

        Raises:
            ValueError: a priority that is no alarm's.
        """
        if priority not in ORDER:
            raise ValueError(f"alarm {condition}: priority {priority!r} is refused: allowed is {', '.join(ORDER)}")
        before = self._alarms.get(condition)
        if before is None:
            first = not self._alarms
            alarm = Alarm(condition, priority, text, tick, t_s, reading, first_out=first)
        else:
            urgent = min(before.priority, priority, key=ORDER.index)
            alarm = replace(before, priority=urgent, present=True, acknowledged="", count=before.count + 1)
        self._alarms[condition] = alarm
        self._changed()
        return alarm

    def ended(self, condition: str) -> None:
        """Its cause has gone. It stays until somebody has acknowledged it."""
        alarm = self._alarms.get(condition)
        if alarm is not None and alarm.present:
            self._keep(replace(alarm, present=False))

    def acknowledge(self, by: str, condition: str | None = None) -> tuple[Alarm, ...]:
        """Somebody has seen it, or (None) all of them. Returns those that this was news to.

        Raises:
            KeyError: no such alarm is active. ValueError: nobody's name.
        """
        if not by.strip():
            raise ValueError("an alarm is acknowledged by somebody: give a name")
        if condition is not None and condition not in self._alarms:
            raise KeyError(f"alarm {condition} is not active; active are {', '.join(self._alarms) or 'none'}")
        seen = [alarm for name, alarm in self._alarms.items() if condition in (None, name) and not alarm.acknowledged]
        for alarm in seen:
            self._keep(replace(alarm, acknowledged=by))
        return tuple(seen)

    def _keep(self, alarm: Alarm) -> None:
        if alarm.present or not alarm.acknowledged:
            self._alarms[alarm.condition] = alarm
        else:
            del self._alarms[alarm.condition]
        self._changed()
