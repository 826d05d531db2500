"""People who answer prompts: at a terminal (`TerminalOperator`), or nobody (`NoOperator`)."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Literal, Protocol

Outcome = Literal["answered", "declined", "not asked"]
DECLINE = frozenset({"n", "no", "abort", "decline"})


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a prompt. `text` is what was typed, or why nobody was asked."""

    outcome: Outcome
    text: str = ""


class Operator(Protocol):
    """Somebody who can be asked. `ask` may take minutes and is cancelled when the protocol ends meanwhile."""

    async def ask(self, text: str) -> Answer:
        """Shows `text` and returns the answer; must leave the event loop free while it waits."""
        ...


class NoOperator:
    """Nobody is there: every prompt is recorded as not asked, and the protocol goes on."""

    async def ask(self, text: str) -> Answer:
        return Answer("not asked", "no operator")


class FirstToAnswer:
    """Several who are asked at once; the first that answers is heard. Who cannot be asked does not end the question for the others."""

    def __init__(self, *operators: Operator) -> None:
        self._operators = operators

    async def ask(self, text: str) -> Answer:
        asked = {asyncio.ensure_future(operator.ask(text)) for operator in self._operators}
        waiting, answer = asked, Answer("not asked", "no operator")
        try:
            while waiting and answer.outcome == "not asked":
                done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                answer = min((task.result() for task in done), key=lambda found: found.outcome == "not asked")
            return answer
        finally:
            for task in asked:
                task.cancel()
            await asyncio.gather(*asked, return_exceptions=True)


class TerminalOperator:
    """Asks on a terminal, or reads one line a prompt from a pipe. Waits in the event loop, not in a thread.

    An empty line is an answer; ``n``, ``no``, ``abort`` and ``decline`` decline, and so does the end of input on a
    terminal (Ctrl-D). The end of a pipe or file means that nobody is there.

    Args:
        fd: descriptor to read from; standard input by default.
        write: shows a text (without a line end of its own); standard error by default, which leaves stdout to ``--json``.
        around: context in which the question stands, to keep a progress bar from overwriting it (`RichBar.hidden`).
    """

    def __init__(
        self,
        fd: int | None = None,
        write: Callable[[str], object] | None = None,
        around: Callable[[], AbstractContextManager[object]] = nullcontext,
    ) -> None:
        self._fd = fd
        self._write = write or _to_stderr
        self._around = around
        self._buffer = b""
        self._ended = False

    async def ask(self, text: str) -> Answer:
        fd = self._fd if self._fd is not None else _stdin()
        if fd is None:
            return Answer("not asked", "standard input is closed")
        interactive = os.isatty(fd)
        if interactive:
            _forget_typed_ahead(fd)
        with self._around():
            self._write(f"{text}\n[Enter: done, n: decline] ")
            line = await self._line(fd)
        if line is None:
            return Answer("declined", "end of input") if interactive else Answer("not asked", "end of input")
        return Answer("declined" if line.lower() in DECLINE else "answered", line)

    async def _line(self, fd: int) -> str | None:
        """The next line without its end; None at the end of input."""
        while b"\n" not in self._buffer and not self._ended:
            data = await _read(fd)
            self._ended = not data and not os.isatty(fd)  # a terminal can be typed on again after Ctrl-D
            self._buffer += data
            if not data:
                break
        if not self._buffer:
            return None
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line.decode(errors="replace").strip()


async def _read(fd: int) -> bytes:
    """What `fd` has to read, as soon as it has something; empty at its end. Cancelling takes the wait back."""
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[None] = loop.create_future()

    def wake() -> None:
        if not ready.done():
            ready.set_result(None)

    try:
        loop.add_reader(fd, wake)
    except PermissionError:  # a regular file or /dev/null: always ready
        return os.read(fd, 4096)
    try:
        await ready
        return os.read(fd, 4096)
    finally:
        loop.remove_reader(fd)


def _stdin() -> int | None:
    try:
        return sys.stdin.fileno() if sys.stdin is not None else None
    except (OSError, ValueError):
        return None


def _to_stderr(text: str) -> None:
    print(text, end="", file=sys.stderr, flush=True)


def _forget_typed_ahead(fd: int) -> None:
    """Drops keys that were hit before the question stood there: they cannot be its answer."""
    import termios

    termios.tcflush(fd, termios.TCIFLUSH)
