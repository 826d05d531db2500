"""What the console process knows of the run: what the supervisor last said of it. Shown to whoever comes."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections import deque
from collections.abc import Callable
from typing import Any

from controller.console.alarm_book import AlarmBook
from controller.console.channels import layout
from controller.console.lease import Lease
from controller.console.viewers import Viewer, Viewers

EVENTS = 400
ANSWER_S = 12.0  # the longest that the supervisor takes for a command: a reset that waits for its devices

Message = dict[str, Any]


class Board:
    """State, events and answers. `say` sends a line to the supervisor, False where it cannot be told."""

    def __init__(self, viewers: Viewers, lease: Lease, say: Callable[[Message], bool]) -> None:
        self.status: Message = {"phase": "starting"}
        self.values: Message = {}
        self.beat: Message = {}
        self.events: deque[Message] = deque(maxlen=EVENTS)
        self.alarms = AlarmBook()
        self.rejected = 0
        self._viewers = viewers
        self._lease = lease
        self._say = say
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Message]] = {}
        self._shown_lease: Message = {}

    def hear(self, message: Message) -> None:
        """A line of the supervisor."""
        if isinstance(message.get("status"), dict):
            if message["status"].get("session") != self.status.get("session"):
                self.alarms.session()
            self.status = message["status"]
            self._viewers.tell({"type": "status", "status": self.status}, "status")
        elif isinstance(message.get("values"), dict):
            self.values = message["values"]
            self._viewers.tell({"type": "values", "values": self.values}, "values")
        elif isinstance(message.get("event"), dict):
            self._event(message["event"])
        elif isinstance(message.get("beat"), dict):
            self.beat = message["beat"]
            self._viewers.tell({"type": "beat", "beat": self.beat}, "beat")
        elif isinstance(message.get("reply"), dict):
            future = self._waiting.pop(int(message["reply"].get("id", 0)), None)
            if future is not None and not future.done():
                future.set_result(message["reply"])
        else:
            self.rejected += 1

    def _event(self, event: Message) -> None:
        self.events.append(event)
        self.alarms.hear(event)
        data = event.get("data") or {}
        if event.get("kind") == "setting" and "path" in data:
            self.values[data["path"]] = data.get("value")
            self._viewers.tell({"type": "values", "values": self.values}, "values")
        self._viewers.tell({"type": "event", "event": event})

    def greet(self, viewer: Viewer) -> None:
        """Everything that a newcomer has to know."""
        for message in (
            {"type": "layout", "layout": layout(), "role": viewer.role},
            {"type": "status", "status": self.status},
            {"type": "values", "values": self.values},
            {"type": "beat", "beat": self.beat},
            {"type": "events", "events": list(self.events)[-100:]},
            self.lease_now(),
        ):
            viewer.text(json.dumps(message, ensure_ascii=False), str(message["type"]))

    def lease_now(self) -> Message:
        return {"type": "lease", "by": self._lease.by, "viewers": len(self._viewers)}

    def show_lease(self) -> None:
        """Tells everybody who is in control and how many look on, where that has changed."""
        now = self.lease_now()
        if now != self._shown_lease:
            if now["by"] != self._shown_lease.get("by", ""):
                self._say({"in_control": now["by"]})
            self._shown_lease = now
            self._viewers.tell(now, "lease")

    def told(self, text: str) -> None:
        """Lets the supervisor write down what people did here."""
        self._say({"note": text})

    def stop(self, by: str) -> bool:
        """STOP: sent on at once, nothing is waited for."""
        return self._say({"command": {"id": 0, "name": "stop", "by": by}})

    async def ask(self, command: Message) -> Message:
        """The supervisor's answer to a command: ``{"ok", "text", "problems"}``. Raises TimeoutError, ConnectionError."""
        number = next(self._numbers)
        future: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._waiting[number] = future
        try:
            if not self._say({"command": {"id": number, **command}}):
                raise ConnectionError("the supervisor does not take commands at the moment")
            return await asyncio.wait_for(future, ANSWER_S)
        finally:
            self._waiting.pop(number, None)
