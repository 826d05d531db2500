"""JSON lines: one object a line, UTF-8, the only language between the supervisor and its helpers."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

LONGEST_LINE = 1 << 20  # bytes; a longer one is garbage, and its memory is given back at once

Message = dict[str, Any]


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return value


def encode(message: Message) -> bytes:
    """One line with its newline. NaN and infinities become null, numpy scalars plain numbers.

    Raises:
        TypeError: the message holds something that JSON has no word for.
    """
    try:
        text = json.dumps(message, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_plain)
    except ValueError:  # a number that is not finite: rare, so only then is everything looked through
        text = json.dumps(_finite(message), ensure_ascii=False, separators=(",", ":"), default=_plain)
    return text.encode("utf-8", "replace") + b"\n"


def _plain(value: Any) -> Any:
    item = getattr(value, "item", None)  # a numpy scalar
    if item is None:
        raise TypeError(f"{type(value).__name__} {value!r} has no form in JSON")
    return _finite(item())


def decode(line: bytes) -> Message | None:
    """The object on the line (numbers that are not finite as None); None if the line holds anything else."""
    try:
        message = json.loads(line, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        return None
    return message if isinstance(message, dict) else None


class Splitter:
    """Cuts a stream of bytes into lines, keeping at most `LONGEST_LINE` bytes of an unfinished one."""

    def __init__(self, longest: int = LONGEST_LINE) -> None:
        self.longest = longest
        self.overlong = 0  # lines thrown away for their length
        self._rest = bytearray()
        self._skipping = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yields every line that `data` completes, without its newline; empty lines are left out."""
        *ended, rest = data.split(b"\n")
        for part in ended:
            line, self._rest = bytes(self._rest) + part, bytearray()
            skipped, self._skipping = self._skipping, False
            if skipped:
                continue
            if len(line) > self.longest:
                self.overlong += 1
            elif line.strip():
                yield line
        if not self._skipping:
            self._rest += rest
            if len(self._rest) > self.longest:
                self.overlong += 1
                self._skipping, self._rest = True, bytearray()

    def end(self) -> Iterator[bytes]:
        """What is left of a stream that ended without a newline."""
        if self._rest and not self._skipping:
            yield bytes(self._rest)
        self._rest, self._skipping = bytearray(), False
