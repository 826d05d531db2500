"""Keys of a terminal, one by one and at once; the terminal is given back as it was, whatever happens."""

from __future__ import annotations

import os
import termios
from collections.abc import Iterator
from contextlib import contextmanager, suppress

NAMES = {
    "\x1b[A": "up", "\x1b[B": "down", "\x1b[C": "right", "\x1b[D": "left", "\x1bOA": "up", "\x1bOB": "down", "\x1bOC": "right",
    "\x1bOD": "left", "\r": "enter", "\n": "enter", "\x1b": "escape", "\t": "tab",
}  # fmt: skip


@contextmanager
def raw(fd: int) -> Iterator[None]:
    """Keys come unbuffered and unseen. Ctrl-C still interrupts."""
    before = termios.tcgetattr(fd)
    mode = termios.tcgetattr(fd)
    mode[0] &= ~termios.IXON  # Ctrl-S would freeze the picture
    mode[3] &= ~(termios.ICANON | termios.ECHO)
    mode[6][termios.VMIN], mode[6][termios.VTIME] = 1, 0
    mode[6][termios.VSUSP] = b"\x00"  # SAFETY: Ctrl-Z would stop the supervisor with an output held
    termios.tcsetattr(fd, termios.TCSAFLUSH, mode)
    try:
        yield
    finally:
        with suppress(termios.error):  # the terminal may be gone
            termios.tcsetattr(fd, termios.TCSAFLUSH, before)


def read_keys(fd: int) -> list[str] | None:
    """The keys that are there, repeats of one key in a row as one; None: the terminal is gone."""
    try:
        data = os.read(fd, 4096)
    except OSError:
        return None
    return keys_in(data.decode(errors="replace")) if data else None


def keys_in(text: str) -> list[str]:
    """Names of the keys in what a terminal sent: a letter itself, ``up``, ``enter``, ``escape`` …"""
    found: list[str] = []
    while text:
        sequence = next((one for one in sorted(NAMES, key=len, reverse=True) if text.startswith(one)), text[0])
        key = NAMES.get(sequence, sequence)
        if key == "escape" and text[1:2] in ("[", "O"):  # a key that is not known: none of its letters is meant
            end = next((i for i, c in enumerate(text[2:], 2) if c.isalpha() or c == "~"), len(text) - 1)
            sequence = text[: end + 1]
        elif not found or found[-1] != key or key in ("up", "down", "left", "right"):
            found.append(key)
        text = text[len(sequence) :]
    return found
