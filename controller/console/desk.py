"""The supervisor's end of the console: its process, what it is told, and what people ask for."""

from __future__ import annotations

import asyncio
import itertools
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from controller.console.listening import PORT, Listening
from controller.console.obey import heard, hold_stop
from controller.faults.schedule import has_door
from controller.processes.helper import Change, Helper, HelperError
from controller.processes.json_lines import Message
from controller.processes.launch import environment, python_module
from controller.protocol.operator import Answer
from controller.session.events import Event

if TYPE_CHECKING:
    from controller.protocol.engine import ProtocolRun
    from controller.protocol.progress import Standing
    from controller.session.session import Session

MODULE = "controller.console.process"
READY_S = 30.0


class Desk:
    """One console. It outlives sessions: `attach` shows another one.

    Args:
        listening: where and for whom. runs: folder whose runs are listed. say: shows people a line on the terminal.
    """

    def __init__(self, listening: Listening, runs: Path, say: Callable[[str], object]) -> None:
        self.url = ""
        self.session: Session | None = None
        self.run: ProtocolRun | None = None
        self.later: Callable[[Message], bool] = lambda _: False  # takes commands that need time; False: not now
        self.stop_held = False
        self.in_control = ""
        self.elsewhere: dict[str, Callable[[Message], object]] = {}  # answers to commands that did not come from a browser
        self._listening = listening
        self._port = listening.port
        self._runs = runs
        self._say = say
        self._ours, self._theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._ours.setblocking(False)
        self._status: Message = {"phase": "starting"}
        self._prompts = itertools.count(1)
        self._sessions = itertools.count(1)
        self._prompt: asyncio.Future[Answer] | None = None
        self._alarms: Message = {}
        self._helper = Helper("console", self._argv, pass_fds=(self._theirs.fileno(),), on_line=self._hear,
                              on_change=self._change, environment=environment())  # fmt: skip

    def _argv(self) -> list[str]:
        return python_module(MODULE, "--mailbox-fd", str(self._theirs.fileno()), "--runs", str(self._runs),
                             *self._listening.as_arguments(self._port))  # fmt: skip

    # -- its life

    async def start(self) -> None:
        """Returns when the console listens. Raises HelperError with its own words; the usual port taken gives another one."""
        await self._helper.start()
        try:
            ready = await self._helper.expect("port", READY_S)
        except HelperError:
            if not (self._helper.error and self._helper.error.get("what") == "port-taken" and self._port == PORT):
                raise
            self._say(f"port {PORT} is taken: the console uses another one")
            self._port = 0
            await self._helper.start()
            ready = await self._helper.expect("port", READY_S)
        self._port, self.url = int(ready["port"]), str(ready["url"])

    async def close(self) -> None:
        self.tell(phase="closed")
        await self._helper.close()
        self._ours.close()
        self._theirs.close()

    def attach(self, session: Session, **about: Any) -> None:
        """Shows `session` from now on; `about` goes into the status (bench, title, protocol, …)."""
        self.session, self.run = session, None
        session.alarms.on_change(self._show_alarms)
        session.hold_stop(self.stop_held)
        session.listen(self._event)
        session.on_beat(self._beat)
        self._status = {
            "bench": "", "title": "", "protocol": None, "patient": None, "folder": None, "steps": [], "standing": None,
            "verdict": None, "paused": False, **{k: self._status[k] for k in ("last_run",) if k in self._status},
            "session": next(self._sessions), "simulated": session.simulated, "realtime": session.realtime, "offers": sorted(session.offers),
            "stop_held": self.stop_held, "prompt": None, "alarms": [], "arming": [],
            "faults": session.injected, "breakable": has_door(session), "levels": levels_of(session.devices), **about,
        }  # fmt: skip
        self._show_all()

    def detach(self) -> None:
        """The session goes: nothing can be asked of it any more."""
        self.session = self.run = None

    # -- telling

    def tell(self, **changes: Any) -> None:
        """Changes the status that every browser shows."""
        self._status |= changes
        self._helper.send({"status": self._status})

    def arming(self, reasons: list[str]) -> None:
        """What speaks against arming now; told where it has changed."""
        if reasons != self._status.get("arming"):
            self.tell(arming=reasons)

    def progress(self, at: Standing) -> None:
        paused = self.run is not None and self.run.paused
        self.tell(
            paused=paused,
            standing={
                "step": at.step, "steps": at.steps, "name": at.name, "text": at.text, "elapsed_s": at.elapsed_s,
                "remaining_s": at.remaining_s, "wall_remaining_s": at.wall_remaining_s, "fraction": at.fraction, "done": at.done,
            },
        )  # fmt: skip

    async def ask(self, text: str) -> Answer:
        """An `Operator` of the protocol: the question stands on every screen until somebody in control answers it."""
        number = next(self._prompts)
        if self.session is not None and self.elsewhere:
            self.session.event("operator", f"question {number} waits for an answer: {text}", "info", prompt=number)
        self._prompt = asyncio.get_running_loop().create_future()
        self.tell(prompt={"id": number, "text": text})
        try:
            return await self._prompt
        finally:
            self._prompt = None
            self.tell(prompt=None)

    def answer(self, number: int, answer: Answer) -> bool:
        """The answer to prompt `number`; False where that is not asked (any more)."""
        shown = self._status.get("prompt")
        if self._prompt is None or self._prompt.done() or not shown or shown["id"] != number:
            return False
        self._prompt.set_result(answer)
        return True

    def _show_all(self) -> None:
        session = self.session
        if session is not None:
            self._alarms = {}
            self._show_alarms()
            self._helper.send({"values": session.values()})
            try:
                socket.send_fds(self._ours, [b"ring"], [session.loop.ring.fd])
            except OSError as error:  # full: the console has not read for many sessions; it gets the ring when it starts again
                session.event("process", f"the console did not take the ring: {error}", "low")
        self.tell()

    def _show_alarms(self) -> None:
        if self.session is None:
            return
        rows = [
            {"condition": a.condition, "priority": a.priority, "mark": a.mark, "text": a.text, "t_s": a.t_s, "present": a.present,
             "first_out": a.first_out, "acknowledged": a.acknowledged, "count": a.count}
            for a in self.session.alarms.active
        ]  # fmt: skip
        self.tell(alarms=rows)

    def _beat(self, beat: Message) -> None:
        self._helper.send({"beat": beat})

    def _event(self, event: Event) -> None:
        self._helper.send({"event": event.as_dict()})

    # -- hearing

    def hold_stop(self, held: bool, by: str) -> None:
        """STOP, pressed or released; it stays held from one session to the next."""
        self.stop_held = held
        if self.session is not None:
            hold_stop(self.session, held, by)
        self.tell(stop_held=held)

    def _hear(self, line: Message) -> None:
        command = line.get("command")
        if isinstance(line.get("in_control"), str):
            self.in_control = line["in_control"]
        if isinstance(line.get("note"), str) and self.session is not None:
            self.session.event("operator", line["note"], "info")
        if isinstance(command, dict):
            heard(self, command)

    def reply(self, command: Message, reply: Message) -> None:
        answer = {"id": command.get("id"), **reply}
        send = self.elsewhere.get(str(command.get("via")))
        if send is not None:
            send(answer)
        elif command.get("via") is None:
            self._helper.send({"reply": answer})

    def _change(self, change: Change) -> None:
        if self.session is not None:
            priority = {"started": "info", "closed": "info", "died": "low"}.get(change.what, "medium")
            self.session.event("process", change.text, priority, name=change.name, what=change.what, **change.data)
        if change.what == "died":
            self.in_control = ""  # its lease died with it
        if change.what == "started" and self._helper.restarts:
            # What it was told before its death is gone, and so may be the ring that lay in the mailbox.
            self._show_all()

    def __del__(self) -> None:
        for end in (self._ours, self._theirs):
            if end.fileno() >= 0:
                end.close()


def levels_of(devices: Mapping[str, Any]) -> dict[str, list[str]]:
    """The performance levels that the fitted pumps have, by the group of their settings."""
    return {place.split(".")[0]: list(device.levels_rpm) for place, device in devices.items() if hasattr(device, "levels_rpm")}
