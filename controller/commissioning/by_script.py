"""`mockloop io` without a person: JSON lines in, JSON lines out. What is held ends with its time, as at the terminal.

{"arm": true}                                       {"armed": true} or {"armed": false, "reasons": [...]}
{"read_s": 0.5}                                     {"inputs": {name: mean}, "outputs": {...}, "bad": [...], "state": "..."}
{"hold": "valve_pressure", "value": 1, "for_s": 1}  the same, measured over the last half of the hold; then it is let go of
{"found": "out.valve_pressure", "mark": "ok", "note": "…"}
{"reset": true}
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable
from typing import Any

import numpy as np

from cext.tables.load import inputs
from controller.commissioning.hands import Hands
from controller.commissioning.points import PointList
from controller.session.errors import NotArmed

Say = Callable[[dict[str, Any]], None]
VERBS = ("arm", "reset", "read_s", "hold", "found")
MOST_S = 600.0


class BadLine(ValueError):
    """A line of the script that cannot be carried out; the message names it."""


class Lines:
    """Lines of a descriptor, one by one, without keeping the event loop from its work."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._buffer = b""

    async def next(self) -> str | None:
        """The next line; None at the end."""
        while b"\n" not in self._buffer:
            data = await self._read()
            if not data:
                line, self._buffer = self._buffer, b""
                return line.decode(errors="replace") if line else None
            self._buffer += data
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line.decode(errors="replace")

    async def _read(self) -> bytes:
        loop = asyncio.get_running_loop()
        ready = asyncio.Event()
        try:
            loop.add_reader(self._fd, ready.set)
        except PermissionError:  # a regular file is always ready
            return os.read(self._fd, 4096)
        try:
            await ready.wait()
            return os.read(self._fd, 4096)
        finally:
            loop.remove_reader(self._fd)


async def by_script(hands: Hands, points: PointList, fd: int, say: Say) -> None:
    """Carries out every line of the descriptor. Raises BadLine, and SessionEnded when the machine trips."""
    lines, number = Lines(fd), 0
    while (line := await _next(hands, lines)) is not None:
        number += 1
        if not line.strip():
            continue
        try:
            command = json.loads(line)
            if not isinstance(command, dict) or sum(verb in command for verb in VERBS) != 1:
                raise ValueError(f"one of {', '.join(VERBS)} is needed")
            say(await _one(hands, points, command))
        except (ValueError, KeyError, TypeError) as error:
            raise BadLine(f"line {number}: {line.strip()}: {error.args[0] if error.args else error}") from None


async def _next(hands: Hands, lines: Lines) -> str | None:
    """The next line; in real time the loop is looked after while it is waited for, in virtual time it stands still."""
    wait = asyncio.ensure_future(lines.next())
    try:
        while hands.session.realtime and not wait.done():
            await hands.session.advance()
        return await wait
    finally:
        wait.cancel()


async def _one(hands: Hands, points: PointList, command: dict[str, Any]) -> dict[str, Any]:
    if "arm" in command or "reset" in command:
        verb = "arm" if "arm" in command else "reset"
        if command[verb] not in (True, 1):
            raise ValueError(f"{verb} takes true and nothing else")
        try:
            await (hands.arm() if verb == "arm" else hands.session.reset())
        except NotArmed as refused:
            return {verb: False, "reasons": list(refused.reasons)}
        return {verb: True, "state": hands.session.state}
    if "found" in command:
        channel = str(command["found"])
        if channel not in points.points:
            raise ValueError(f"there is no point {channel}: there are {', '.join(points.points)}")
        point = points.found(channel, command.get("mark", "ok"), str(command.get("note", "")))
        return {"found": point.channel, "mark": point.mark}
    if "read_s" in command:
        frames = await hands.pass_s(_seconds(command, "read_s"))
        points.saw(frames)
        return _means(hands, frames)
    if hands.session.state != "RUNNING":
        raise ValueError(f"the machine is in {hands.session.state}: arm first")
    held = {str(command["hold"]): _number(command, "value")}
    try:
        frames = await hands.pass_s(_seconds({"for_s": 1.0} | command, "for_s"), held)
    finally:
        hands.release()
    points.saw(frames)
    return {"held": held} | _means(hands, frames[len(frames) // 2 :])


def _number(command: dict[str, Any], key: str) -> float:
    value = command.get(key)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"{key} = {value!r} is no number" if key in command else f"{key} is missing: a number")
    return float(value)


def _seconds(command: dict[str, Any], key: str) -> float:
    seconds = _number(command, key)
    if not 0.0 < seconds <= MOST_S:
        raise ValueError(f"{seconds:g} s is refused: allowed is more than 0, at most {MOST_S:g}")
    return seconds


def _means(hands: Hands, frames: np.ndarray) -> dict[str, Any]:
    """Means of every input that was good all the time, and the outputs at the end."""
    found: dict[str, float] = {}
    bad: list[str] = []
    for i, signal in enumerate(inputs()):
        name = signal.path.removeprefix("in.")
        if name not in hands.bench.inputs:
            continue
        values = frames[signal.path].astype(float)
        if (frames["quality"][:, i] != 0).any() or not np.isfinite(values).all():
            bad.append(name)
        else:
            found[name] = float(np.mean(values))
    out = {name: float(frames[f"out.{name}"][-1]) for name in hands.outputs}
    return {"inputs": found, "outputs": out, "bad": bad, "state": hands.session.state}
