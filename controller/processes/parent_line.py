"""A helper process's end of the line to the supervisor: JSON lines in on stdin, out on stdout, and when to leave."""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import signal
import stat
import time
from collections.abc import Callable

from controller.processes.json_lines import Message, Splitter, decode, encode

STDIN, STDOUT = 0, 1
READ_BYTES = 1 << 16


class ParentLine:
    """Calls `on_message` with every JSON object; `leaving` is set at the end of stdin (the parent ended us, or was killed),
    at SIGTERM and at SIGINT.

    `rejected` counts what arrived and was not a JSON object. `say` never blocks: a parent that does not read costs
    the lines that find no room (`unheard`).
    """

    def __init__(self, on_message: Callable[[Message], None] | None = None) -> None:
        self.leaving = asyncio.Event()
        self.rejected = 0
        self.unheard = 0
        self._on_message = on_message
        self._splitter = Splitter()
        self._rest = b""  # of a line that the pipe took in part
        self._task: asyncio.Task[None] | None = None

    def open(self) -> None:
        """Starts listening (needs a running event loop)."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.leaving.set)
        with contextlib.suppress(OSError):
            if stat.S_ISFIFO(os.fstat(STDOUT).st_mode):  # ours alone; a terminal is shared, and stays as it is
                os.set_blocking(STDOUT, False)
        try:
            loop.add_reader(STDIN, self._readable)
        except PermissionError:  # a regular file or /dev/null, for which epoll has no answer
            self._task = loop.create_task(self._read_file())
        except OSError:  # no stdin at all
            self.leaving.set()

    def say(self, message: Message, patience_s: float = 0.0) -> bool:
        """Writes one line to stdout; False, and counted, if the pipe is full or nobody is there any more.

        `patience_s`: how long to wait for room, for a line that must not be lost (the first, the last).
        """
        deadline_s = time.monotonic() + patience_s
        self._rest = self._write(self._rest, deadline_s)
        if not self._rest:
            line = encode(message)
            rest = self._write(line, deadline_s)
            if len(rest) < len(line):
                self._rest = rest  # goes first next time, so that no line is ever cut in two
                return True
        self.unheard += 1
        return False

    @staticmethod
    def _write(data: bytes, deadline_s: float) -> bytes:
        """What is left of `data` when the pipe takes no more and the monotonic instant `deadline_s` has come."""
        while data:
            try:
                data = data[os.write(STDOUT, data) :]
            except BlockingIOError:
                left_s = deadline_s - time.monotonic()
                if left_s <= 0:
                    break
                select.select([], [STDOUT], [], left_s)
            except OSError:  # nobody reads any more; the end of stdin tells us the rest
                break
        return data

    def _readable(self) -> None:
        try:
            data = os.read(STDIN, READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        self._take(data)
        if not data:
            asyncio.get_running_loop().remove_reader(STDIN)

    async def _read_file(self) -> None:
        data = b"-"
        while data:
            data = await asyncio.to_thread(os.read, STDIN, READ_BYTES)
            self._take(data)

    def _take(self, data: bytes) -> None:
        overlong = self._splitter.overlong
        for line in self._splitter.feed(data) if data else self._splitter.end():
            message = decode(line)
            if message is None:
                self.rejected += 1
            elif self._on_message:
                self._on_message(message)
        self.rejected += self._splitter.overlong - overlong
        if not data:
            self.leaving.set()
