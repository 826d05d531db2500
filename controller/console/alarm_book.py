"""The alarms of the sessions that this console saw: what became of each, long after other events have pushed it out of view."""

from __future__ import annotations

from collections import deque
from typing import Any

from controller.runs.alarm_history import alarm_history

Message = dict[str, Any]
KINDS = ("alarm", "alarm-end", "operator")
EVENTS = 600  # that speak of alarms


class AlarmBook:
    """Keeps the events of alarms, with the session (a number) that each belongs to."""

    def __init__(self) -> None:
        self._events: deque[tuple[int, Message]] = deque(maxlen=EVENTS)
        self._session = 0

    def session(self) -> None:
        """Another session begins: loop time anew, and none of the old alarms is active."""
        self._session += 1

    def hear(self, event: Message) -> None:
        if event.get("kind") in KINDS and isinstance(event.get("data"), dict) and event["data"].get("condition"):
            self._events.append((self._session, event))

    def rows(self) -> list[Message]:
        """Newest first: as `alarm_history`, with epoch_s of the raising and `past` for those of an earlier session."""
        found: list[Message] = []
        for session in sorted({number for number, _ in self._events}):
            events = [event for number, event in self._events if number == session]
            raised = {(event["data"]["condition"], event["t_s"]): event.get("epoch_s") for event in events}
            found += [
                row | {"epoch_s": raised.get((row["condition"], row["t_s"])), "past": session != self._session}
                for row in alarm_history(events)
            ]
        return found[::-1]
