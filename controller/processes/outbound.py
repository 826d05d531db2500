"""The supervisor's end of a helper's stdin: a bounded queue of lines that is written as far as the pipe takes it."""

from __future__ import annotations

import asyncio
import os
from collections import deque


class Outbound:
    """Never blocks, never grows beyond `limit_bytes`. A line that finds no room is refused and counted.

    The lines survive the helper: what was not taken by one process is written to its successor, beginning with the line
    that was cut in the middle. What lay unread in the pipe of a killed process is lost with it.
    """

    def __init__(self, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self.dropped = 0
        self._lines: deque[bytes] = deque()
        self._queued_bytes = 0
        self._written = 0  # bytes of the first line that the pipe has taken
        self._fd = -1
        self._watched = False
        self._finishing = False

    def __len__(self) -> int:
        return len(self._lines)

    def attach(self, fd: int) -> None:
        """Takes over the writing end `fd` (made non-blocking here, closed by `detach`)."""
        os.set_blocking(fd, False)
        self._fd, self._written = fd, 0
        self._flush()

    def detach(self) -> None:
        """Closes the pipe; the helper sees the end of its stdin."""
        self._watch(False)
        if self._fd >= 0:
            os.close(self._fd)
        self._fd, self._written = -1, 0

    def put(self, line: bytes) -> bool:
        """Queues `line` and writes what the pipe takes now. False, and counted, where there is no room."""
        if self._finishing or self._queued_bytes + len(line) > self.limit_bytes:
            self.dropped += 1
            return False
        self._lines.append(line)
        self._queued_bytes += len(line)
        if not self._watched:
            self._flush()
        return True

    def finish(self) -> None:
        """Takes no more lines; closes the pipe once the last one has gone."""
        self._finishing = True
        self._flush()

    def open_again(self) -> None:
        """Takes lines again after `finish`."""
        self._finishing = False

    def _flush(self) -> None:
        if self._fd < 0:
            return
        while self._lines:
            line = self._lines[0]
            try:
                self._written += os.write(self._fd, memoryview(line)[self._written :])
            except BlockingIOError:
                self._watch(True)
                return
            except BrokenPipeError:  # the helper is gone; whoever watches it will detach us
                self._watch(False)
                return
            if self._written == len(line):
                self._lines.popleft()
                self._queued_bytes -= len(line)
                self._written = 0
        self._watch(False)
        if self._finishing:
            self.detach()

    def _watch(self, wanted: bool) -> None:
        if wanted != self._watched:
            loop = asyncio.get_running_loop()
            if wanted:
                loop.add_writer(self._fd, self._flush)
            else:
                loop.remove_writer(self._fd)
            self._watched = wanted
