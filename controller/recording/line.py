"""The recorder's line to its supervisor: JSON lines in on stdin, status out on stdout. Neither ever blocks the recording."""

from __future__ import annotations

import json
import os
import select
from typing import Any

STDIN, STDOUT = 0, 1
READ_BYTES = 1 << 16
LONGEST_BYTES = 1 << 20  # of a line; a longer one is garbage, and its memory is given back at once
ATOMIC_BYTES = 4096  # PIPE_BUF: a pipe that is ready takes this much without waiting

Message = dict[str, Any]


class Line:
    """Both ends as the recorder holds them.

    `ended`: stdin has ended. `rejected` counts lines that were no JSON object or too long, `unheard` the status lines
    that found no room because nobody reads them.
    """

    def __init__(self, stdin: int = STDIN, stdout: int = STDOUT) -> None:
        self.ended = False
        self.rejected = 0
        self.unheard = 0
        self._stdin, self._stdout = stdin, stdout
        self._rest = b""
        self._skipping = False

    def wait(self, timeout_s: float) -> list[Message]:
        """Messages that have come, waiting for the first at most `timeout_s`. Reads at most 64 kB at a time."""
        if self.ended:
            select.select([], [], [], timeout_s)
            return []
        if not select.select([self._stdin], [], [], timeout_s)[0]:
            return []
        try:
            data = os.read(self._stdin, READ_BYTES)
        except OSError:
            data = b""
        if not data:
            self.ended = True
            data = b"\n"  # the last line may lack its end
        return [message for line in self._split(data) if (message := self._decode(line)) is not None]

    def say(self, message: Message) -> bool:
        """Writes one line; False, and counted, if it would have to wait or nobody is there any more."""
        text = json.dumps(message, separators=(",", ":")).encode() + b"\n"
        try:
            if len(text) <= ATOMIC_BYTES and select.select([], [self._stdout], [], 0)[1]:
                os.write(self._stdout, text)
                return True
        except OSError:
            pass
        self.unheard += 1
        return False

    def _split(self, data: bytes) -> list[bytes]:
        *lines, self._rest = (self._rest + data).split(b"\n")
        if lines and self._skipping:
            del lines[0]
            self._skipping = False
        if len(self._rest) > LONGEST_BYTES:
            self.rejected += not self._skipping
            self._rest, self._skipping = b"", True
        return [line for line in lines if line.strip()]

    def _decode(self, line: bytes) -> Message | None:
        try:
            message = json.loads(line, parse_constant=lambda _: None)
        except (ValueError, RecursionError):
            message = None
        if isinstance(message, dict):
            return message
        self.rejected += 1
        return None
