"""What becomes of a command: checked like ``--set``, done at once where it can be, handed on where it needs time."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any, Protocol

from cext.tables.load import Value
from controller.config.capabilities import needed_by
from controller.config.errors import Problem
from controller.config.fitted import refused_live
from controller.config.settings import Refused, setting, value_of
from controller.faults import parse, put_in
from controller.faults.schedule import door
from controller.processes.json_lines import Message
from controller.protocol.operator import Answer

if TYPE_CHECKING:
    from controller.protocol.engine import ProtocolRun
    from controller.session.session import Session

LATER = ("start_run", "arm", "start", "disarm", "reset")
SHOWN = 16  # injected faults


class Commanded(Protocol):
    """What commands are about: a session, perhaps with a protocol that runs, and who hears of it."""

    session: Session | None
    run: ProtocolRun | None
    stop_held: bool
    in_control: str  # who holds the console's lease; empty: nobody

    def later(self, command: Message) -> bool:
        """Takes a command that needs time and will answer itself; False: not now."""
        ...

    def hold_stop(self, held: bool, by: str) -> None:
        """STOP, pressed or released."""

    def answer(self, number: int, answer: Answer) -> bool:
        """Answers question `number`; False where it is not asked (any more)."""
        ...

    def tell(self, **changes: Any) -> None:
        """Changes what is shown."""

    def reply(self, command: Message, reply: Message) -> None:
        """Sends the answer to whoever asked."""


def hold_stop(session: Session, held: bool, by: str) -> None:
    """STOP, pressed or released: at once, whatever else goes on."""
    # SAFETY: the flag is an atomic of the core and cannot queue behind anything; only then is it announced
    session.hold_stop(held)
    session.event("operator", f"STOP {'pressed' if held else 'released'} by {by}", "info", by=by)


def heard(desk: Commanded, command: Message) -> None:
    """Obeys a command, or refuses it, and sends the answer."""
    begun_s = time.monotonic()
    by = str(command.get("by") or "somebody")
    reply: Message | None
    if command.get("name") == "stop":
        desk.hold_stop(True, by)
        reply = _yes("STOP is held")
    elif command.get("via") is not None and desk.in_control:
        # SAFETY: one hand at a time; who is at the console's controls must not be surprised from elsewhere
        reply = _no("refused", [f"{desk.in_control} is in control at the console: wait until control is given back"])
    else:
        try:
            reply = obey(desk, command)
        except Exception as error:  # people's wishes must not end the supervisor
            reply = _no(f"{type(error).__name__}: {error}")
    if reply is not None:
        desk.reply(command, reply | {"took_s": time.monotonic() - begun_s})


def obey(desk: Commanded, command: Message) -> Message | None:
    """The answer, ``{"ok", "text", "problems"}``; None where `desk.later` has taken the command and will answer itself."""
    name, by = str(command.get("name")), str(command.get("by") or "somebody")
    if name in LATER:
        return None if desk.later(command) else _no(f"{name}: not while a protocol runs" if desk.run else f"{name}: not now")
    if name == "release_stop":
        desk.hold_stop(False, by)
        return _yes("STOP is released")
    session = desk.session
    if session is None:
        return _no("no bench is open at the moment")
    if name == "acknowledge":
        try:
            session.acknowledge(by, command.get("condition"))
        except (KeyError, ValueError) as error:
            return _no(str(error.args[0]))
        return _yes("acknowledged")
    if name == "set":
        return _set(desk, session, command, by)
    if name == "annotate":
        return _annotate(session, str(command.get("text")), command.get("tick"), by)
    if name in ("fault", "clear_faults"):
        # SAFETY: nobody breaks a wired bench from a browser; it has no door for faults either
        if not session.simulated:
            return _no("the bench is hardware: faults are injected on simulated benches only")
        return _fault(desk, session, str(command.get("fault")), by) if name == "fault" else _clear(desk, session, by)
    if desk.run is None:
        return _no(f"{name}: no protocol runs")
    if name == "answer":
        text, declined = str(command.get("text") or ""), bool(command.get("declined"))
        said = f"{by}: {text}" if text else by
        taken = desk.answer(int(command.get("prompt") or 0), Answer("declined" if declined else "answered", said))
        return _yes("answered") if taken else _no("this is not asked any more")
    if name == "pause":
        desk.run.pause(by)
    elif name == "resume":
        desk.run.resume(by)
    elif name == "abort":
        desk.run.abort(f"aborted by {by}")
    else:
        return _no(f"unknown command {name}")
    desk.tell(paused=desk.run.paused)
    return _yes(name)


def asked_value(path: str, given: Any, session: Session) -> Value:
    """The value of a setting as people gave it. Raises Refused like ``--set``, and for what cannot change in a session."""
    row = setting(path)
    if (needed := needed_by(path)) and needed not in session.offers:
        raise Refused(f'has no effect: the bench does not offer "{needed}"')
    if not row.live:
        raise Refused("cannot change while the bench is open: give it when a protocol is started")
    value = value_of(row, given, text=True)
    if refused := refused_live(session.devices, session.values(), path, value):
        raise Refused(*refused)
    return value


def _set(desk: Commanded, session: Session, command: Message, by: str) -> Message:
    path, given, elsewhere = str(command.get("path")), command.get("value"), command.get("via")
    try:
        value = asked_value(path, given, session)
        session.set({path: value})
    except Refused as refused:
        fault = refused.fault
        return _no(
            "refused", [str(Problem(str(elsewhere or "console"), path, str(given), fault.what, fault.allowed, fault.hint))]
        )
    except (ValueError, RuntimeError) as error:  # RuntimeError: the core's queue is full
        return _no(str(error))
    done = f"{path} = {value} set by {by}{'' if elsewhere else ' from the console'}"
    _said(desk, session, done, by, path=path)
    return _yes(done)


def _annotate(session: Session, text: str, tick: int | None, by: str) -> Message:
    if tick is not None and tick > session.tick:
        return _no(f"tick {tick} has not come yet: this session is at {session.tick}")
    session.event("annotation", f"{by}: {text}", tick=tick, by=by)
    return _yes("noted")


def _fault(desk: Commanded, session: Session, text: str, by: str) -> Message:
    try:
        fault = parse(text)
        put_in(session, fault, max(fault.begin_s, session.t_s) if fault.begin_s else None)
    except (ValueError, LookupError, OverflowError) as error:
        return _no("refused", [str(error.args[0])])
    begin_s = max(fault.begin_s, session.t_s)
    end_s = begin_s + fault.duration_s
    session.injected = [*session.injected, {"text": text, "begin_s": begin_s, "end_s": end_s if math.isfinite(end_s) else None}]
    desk.tell(faults=session.injected[-SHOWN:])
    _said(desk, session, f"fault {text} injected by {by}", by)
    return _yes(f"injected: {fault}")


def _clear(desk: Commanded, session: Session, by: str) -> Message:
    try:
        door(session).clear()
    except LookupError as error:
        return _no(str(error.args[0]))
    session.injected = []
    desk.tell(faults=[])
    _said(desk, session, f"faults cleared by {by}", by)
    return _yes("no fault is injected any more")


def _said(desk: Commanded, session: Session, done: str, by: str, **data: Any) -> None:
    session.event("operator", done, "info", by=by, **data)
    if desk.run is not None:
        # The plan did not ask for it: whoever reads the verdict has to know.
        desk.run.result.deviations.append(f"at {session.t_s:.1f} s: {done}")


def _yes(text: str) -> Message:
    return {"ok": True, "text": text}


def _no(text: str, problems: list[str] | None = None) -> Message:
    return {"ok": False, "text": text, "problems": problems or []}
