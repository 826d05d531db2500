"""Telemetry of a run: the embedded broker (or another one by URL) and the publishing process."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from controller.job.recorder import announce
from controller.processes.helper import Change, Helper, HelperError
from controller.processes.json_lines import Message
from controller.session.events import Event
from controller.session.session import Session
from controller.telemetry import start
from controller.telemetry.address import PORT, parse

if TYPE_CHECKING:
    from controller.console.obey import Commanded


class TelemetryHelpers:
    """Nothing here is needed for the run: whatever fails is said, and the run goes on without telemetry.

    `keys`: file of those who may command over MQTT; None: nobody may, and the topic is not even heard.
    """

    def __init__(self, session: Session, mqtt: str, bench: str, meta: Path, keys: Path | None = None) -> None:
        self._session = session
        self._mqtt = mqtt
        self._bench = bench
        self._meta = meta
        self._keys = keys
        self.commanded: Commanded | None = None  # who obeys; until it is there commands are refused
        self._fd = os.dup(session.loop.ring.fd)
        self._broker: Helper | None = None
        self._publisher: Helper | None = None
        self.url = ""
        self.status: Message = {}
        self._shared = False  # a second run has been announced
        self._lost = False  # a broker that is not there has been announced

    @property
    def shown(self) -> str:
        """The broker's address without its password; ``""`` where there is no telemetry."""
        return parse(self.url).shown if self.url else ""

    async def start(self) -> None:
        """Starts what was asked for. Raises ValueError for an address that cannot be read."""
        if self._mqtt == "off":
            return
        if self._mqtt == "embedded":
            if not await self._start_broker():
                return
        else:
            parse(self._mqtt)
            self.url = self._mqtt
        self._publisher = start.telemetry(
            self._fd, self.url, self._bench, self._meta, keys=self._keys, on_line=self._hear, on_change=self._change
        )
        try:
            await self._publisher.start()
        except HelperError as error:
            self._session.event("process", f"no telemetry: {error}", "low")
            self._publisher = None

    async def _start_broker(self) -> bool:
        """The embedded broker on the usual port, or on any free one where that is taken."""
        for port in (PORT, 0):
            broker = start.broker(port, on_change=self._change)
            try:
                await broker.start()
                taken = int((await broker.expect("port", 10.0))["port"])
            except HelperError as error:
                if port == 0 or not broker.error or broker.error.get("what") != "port-taken":
                    self._session.event("process", f"no telemetry: {error}", "low")
                    return False
                self._session.event("process", f"port {PORT} is taken: the embedded broker uses another one", "low")
                continue
            self._broker, self.url = broker, f"mqtt://127.0.0.1:{taken}"
            return True
        return False

    def event(self, event: Event) -> None:
        if self._publisher:
            self._publisher.send({"event": event.as_dict()})

    def beat(self, beat: dict[str, Any]) -> None:
        if self._publisher:
            self._publisher.send({"beat": beat})

    def reply(self, answer: Message) -> None:
        """The answer to a command."""
        if self._publisher:
            self._publisher.send({"reply": answer})

    async def close(self) -> None:
        """Ends the publisher, which says "offline", then the broker."""
        for helper in (self._publisher, self._broker):
            if helper:
                await helper.close()
        os.close(self._fd)

    def _hear(self, line: Message) -> None:
        if isinstance(line.get("command"), dict):
            self._command(line["command"])
            return
        self.status = line
        if line.get("closed"):
            return
        if line.get("shared_with") and not self._shared:
            text = (
                f"telemetry: another run ({line['shared_with']}) publishes as bench {self._bench} on {line.get('broker')}: "
                "the topics carry both, `publisher` in each message tells them apart; the retained meta is that of one of them"
            )
            self._session.event("process", text, "low", shared_with=line["shared_with"])
        self._shared = bool(line.get("shared_with"))
        if line.get("connected"):
            if self._lost:
                self._session.event("process", f"telemetry: broker {line.get('broker')} is there", "info")
            self._lost = False
        elif line.get("error") and not self._lost:
            self._lost = True
            self._session.event("process", f"telemetry: {line['error']}; the run goes on without it", "low")

    def _command(self, command: Message) -> None:
        if self.commanded is not None:
            from controller.console.obey import heard

            heard(self.commanded, command)
        else:
            self.reply({"id": command.get("id"), "ok": False, "text": "the protocol does not run", "problems": []})

    def summary(self) -> dict[str, Any] | None:
        """What became of telemetry, for summary.json; None where none was asked for."""
        if self._mqtt == "off":
            return None
        return {
            "broker": self.shown,
            **{key: self.status.get(key) for key in ("connected", "published", "dropped", "error", "shared_with")},
        }

    def _change(self, change: Change) -> None:
        announce(self._session, change)
