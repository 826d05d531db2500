"""The recorder's line to its supervisor: JSON lines in on stdin, status out on stdout. Neither ever blocks the recording.

Not `processes.parent_line`: the recorder has no event loop, it works through the ring and looks at the line in between.
"""

from __future__ import annotations

import os
import select

from controller.processes.json_lines import Message, Splitter, decode, encode

STDIN, STDOUT = 0, 1
READ_BYTES = 1 << 16
ATOMIC_BYTES = 4096  # PIPE_BUF: a pipe that is ready takes this much without waiting


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
        self._splitter = Splitter()

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
        self.ended = not data
        overlong = self._splitter.overlong
        found = [decode(line) for line in (self._splitter.feed(data) if data else self._splitter.end())]
        messages = [message for message in found if message is not None]
        self.rejected += len(found) - len(messages) + self._splitter.overlong - overlong
        return messages

    def say(self, message: Message) -> bool:
        """Writes one line; False, and counted, if it would have to wait or nobody is there any more."""
        text = encode(message)
        try:
            if len(text) <= ATOMIC_BYTES and select.select([], [self._stdout], [], 0)[1]:
                os.write(self._stdout, text)
                return True
        except OSError:
            pass
        self.unheard += 1
        return False
