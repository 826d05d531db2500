"""``mockloop drive-sim``: a server, its status lines, and what is told to it while it runs."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from controller.processes.parent_line import ParentLine
from rigs.modbus.description import Description
from rigs.modbus.registers import WordOrder
from rigs.simdrive.line import KINDS, Line
from rigs.simdrive.server import Server
from rigs.simdrive.shaft import Shaft
from rigs.simdrive.simulated import SimulatedDrive

STATUS_S = 0.5
Say = Callable[[dict[str, Any]], object]


@dataclass(frozen=True, slots=True)
class Options:
    """`tcp_port` None: a pseudo-terminal, linked as `link` where given. `line_fault`: one of line.KINDS, from the start."""

    tcp_port: int | None
    host: str
    link: Path | None
    unit: int
    latency_ms: float
    ramp_rpm_s: float | None
    word_order: WordOrder | None
    fault: str | None
    line_fault: str | None
    shaft: Path | None
    seed: int


def make(what: Description, options: Options) -> Server:
    """A server that has not started. Raises ValueError for an unknown fault, OSError for a shaft file that cannot be used."""
    shaft = Shaft(options.shaft) if options.shaft is not None else None
    drive = SimulatedDrive(what, ramp_rpm_s=options.ramp_rpm_s, word_order=options.word_order, shaft=shaft)
    line = Line(options.latency_ms * 1e-3, options.seed)
    if options.fault:
        drive.inject(options.fault)
    if options.line_fault:
        line.inject(options.line_fault)
    return Server(drive, line, options.unit)


def status(server: Server, t_s: float) -> dict[str, Any]:
    """One status line."""
    drive = server.drive
    in_fault = drive.profile.in_fault
    return {
        "t_s": round(t_s, 3), "running": drive.profile.driven, "set_rpm": drive.set_rpm, "speed_rpm": round(drive.motor.speed_rpm, 3),
        "current_A": round(drive.current_A, 4), "flow_L_min": round(drive.flow_L_min, 4), "control": drive.profile.word,
        "status": drive.status, "fault": drive.what.fault_text(drive.fault) if in_fault else "", "remote": drive.remote,
        "starts": drive.starts, "requests": server.requests, "replies": server.line.replies,
    }  # fmt: skip


def obey(server: Server, message: dict[str, Any]) -> None:
    """One command: fault, relieve, line and count, latency_ms, exception_code. Raises ValueError for one that cannot be."""
    known = {"fault", "relieve", "line", "count", "latency_ms", "exception_code"}
    if unknown := set(message) - known:
        raise ValueError(f"{', '.join(sorted(unknown))} is unknown; there are {', '.join(sorted(known))}")
    if "fault" in message:
        server.drive.inject(str(message["fault"]))
    if message.get("relieve"):
        server.drive.relieve()
        server.line.clear()
    if "exception_code" in message:
        code = message["exception_code"]
        if code not in (1, 2, 3, 4, 5, 6, 7, 8, 10, 11):
            raise ValueError(f"exception_code {code!r} is none of Modbus: 1 to 8, 10, 11")
        server.line.exception_code = code
    if "line" in message:
        count = message.get("count", float("inf"))
        if isinstance(count, bool) or not isinstance(count, (int, float)) or count < 0:
            raise ValueError(f"count {count!r} is refused: a number of replies, 0 or more")
        server.line.inject(str(message["line"]), float(count))
    if "latency_ms" in message:
        latency = message["latency_ms"]
        if isinstance(latency, bool) or not isinstance(latency, (int, float)) or not 0.0 <= latency <= 60_000.0:
            raise ValueError(f"latency_ms {latency!r} is refused: 0 to 60000 ms")
        server.line.latency_s = 1e-3 * latency


async def run(server: Server, options: Options, show: Say | None) -> None:
    """Serves until SIGINT, SIGTERM or, with JSON lines (`show` None), the end of stdin. Raises OSError where it cannot start."""
    if options.tcp_port is not None:
        await server.start_tcp(options.tcp_port, options.host)
    else:
        await server.start_serial()
        if options.link is not None and server.serial is not None:
            options.link.unlink(missing_ok=True)
            options.link.symlink_to(server.serial)
    ready = {"ready": True, "simulated": True, "drive": server.drive.what.name, "profile": server.drive.what.profile,
             "tcp": server.tcp, "serial": server.serial, "unit": server.unit}  # fmt: skip
    began_s = time.monotonic()
    try:
        if show is None:
            await _helper(server, ready, began_s)
        else:
            await _terminal(server, ready, began_s, show)
    finally:
        if options.link is not None:
            options.link.unlink(missing_ok=True)
        await server.stop()


async def _helper(server: Server, ready: dict[str, Any], began_s: float) -> None:
    def hear(message: dict[str, Any]) -> None:
        try:
            obey(server, message)
        except ValueError as error:
            line.say({"refused": str(error)})

    line = ParentLine(hear)
    line.open()
    line.say(ready, 1.0)
    while not line.leaving.is_set():
        server.drive.advance(time.monotonic())
        line.say(status(server, time.monotonic() - began_s))
        try:
            await asyncio.wait_for(line.leaving.wait(), STATUS_S)
        except TimeoutError:
            continue


async def _terminal(server: Server, ready: dict[str, Any], began_s: float, show: Say) -> None:
    leaving = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, leaving.set)
    show(ready)
    before = None
    while not leaving.is_set():
        server.drive.advance(time.monotonic())
        now = status(server, time.monotonic() - began_s)
        key = (now["running"], now["fault"], now["remote"], round(now["set_rpm"], -2), round(now["speed_rpm"], -2))
        if key != before:
            before = key
            show(now)
        try:
            await asyncio.wait_for(leaving.wait(), STATUS_S)
        except TimeoutError:
            continue


__all__ = ["KINDS", "Options", "make", "obey", "run", "status"]
