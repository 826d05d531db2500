"""The recorder process of a run, as the supervisor drives it."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from controller.processes.helper import Change, Helper, HelperError
from controller.processes.json_lines import Message
from controller.processes.launch import environment, python_module
from controller.session.events import Event
from controller.session.session import Session

MODULE = "controller.recording.process"
CLOSE_S = 60.0  # without a word from a recorder that closes its file; it speaks every 2 s while that goes on


class RecorderHelper:
    """Starts the recorder, gives it events and beats, starts it again in a new segment when it dies, and closes it."""

    def __init__(self, session: Session, folder: Path, policy: str, lossless: bool) -> None:
        self._session = session
        self.folder = folder
        self._policy = policy
        self._lossless = lossless
        self._fd = os.dup(session.loop.ring.fd)
        self._started = False
        self.status: Message = {}
        self._begins: list[int] = []  # where each recorder of the run began, as a position of the ring
        self._lost_before = 0  # by those that died
        self.closed: Message | None = None
        self.complaint: str | None = None  # why the recording is not whole
        self._heard_s = 0.0
        self._died_of = ""  # the error that the last death was announced with
        self._told = ""  # the error that was announced and has not passed: a full disk refuses every new start
        self._helper = Helper("recorder", self._argv, pass_fds=(self._fd,), on_line=self._hear, on_change=self._change,
                              environment=environment())  # fmt: skip

    def _argv(self) -> list[str]:
        argv = python_module(MODULE, "--ring-fd", str(self._fd), "--folder", str(self.folder), "--policy", self._policy,
                             "--header", str(self.folder / "config" / "header.json"))  # fmt: skip
        if self._lossless:
            argv.append("--lossless")
        if self._started:
            argv.append("--resume")
        self._started = True
        return argv

    async def start(self) -> None:
        """Returns when the recorder is ready for the first frame. Raises HelperError with its own words."""
        await self._helper.start()
        await self._helper.expect("ready", 20.0)

    def event(self, event: Event) -> None:
        self._helper.send({"event": event.as_dict()})

    def beat(self, beat: dict[str, Any]) -> None:
        self._helper.send(
            {"beat": {name: value for name, value in beat.items() if name != "audit"}}
        )  # it has a file of its own

    async def close(self, content: Message) -> None:
        """Tells the recorder to write what is left and close its file; afterwards `closed` holds what it wrote."""
        self._helper.send({"close": content})
        while self.closed is None:
            try:
                await self._helper.expect("closed", CLOSE_S)
            except HelperError as error:
                if self._helper.alive and time.monotonic() - self._heard_s < CLOSE_S:
                    continue  # gigabytes to hash, or a slow disk: it says that it goes on
                self.complaint = self.complaint or str(error)
                break
        await self._helper.close()
        os.close(self._fd)

    def _hear(self, line: Message) -> None:
        self._heard_s = time.monotonic()
        if "recorded" in line:
            self.status, self._told = line, ""
        if line.get("ready"):
            self._lost_before += int(self.status.get("lost", 0))
            self._begins.append(int(line.get("position", 0)))
        if line.get("closed"):
            before = self._begins[-1] - self._begins[0] - self._lost_before if self._begins else 0
            self.closed = {**line, "recorded": line["recorded"] + before, "lost": line["lost"] + self._lost_before}
        if "error" in line:
            self.complaint = str(line.get("text", line["error"]))
            if line["error"] != self._told:
                self._told = str(line["error"])
                self._session.event("alarm", f"recording: {self.complaint}; the loop goes on", "medium", condition="recording")

    def _change(self, change: Change) -> None:
        if change.what in ("died", "gave-up"):
            self._forget_the_dead()
        if change.what == "gave-up":
            self.complaint = self.complaint or change.text
        again = bool(self._told) and self._told == self._died_of  # a full disk refuses every new start: people know
        if change.what == "died":
            self._died_of = self._told
        announce(self._session, change, quietly=again and change.what == "died")

    def _forget_the_dead(self) -> None:
        """In virtual time the loop must not wait for a recorder that will not come back with the old slot."""
        if not self._lossless or self._helper.alive:
            return
        if self._helper.returncode is not None and self.complaint:
            for reader in self._session.loop.ring.readers():
                self._session.loop.ring.dismiss(reader.slot)


def announce(session: Session, change: Change, quietly: bool = False) -> None:
    """`quietly`: kept as an event, not shown to people."""
    priority = "info" if quietly else {"started": "info", "closed": "info", "died": "low"}.get(change.what, "medium")
    session.event("process", change.text, priority, name=change.name, what=change.what, **change.data)
