"""Files of secrets: readable by their owner only, a line an entry, ``#`` begins a remark."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path


def private_lines(path: Path, what: str) -> Iterator[tuple[int, list[str]]]:
    """Number and words of each line that says something. `what` the secrets are, for people.

    Raises:
        ValueError: others may read the file. OSError: it cannot be read.
    """
    if path.stat().st_mode & 0o077:
        raise ValueError(f"{path}: others may read it; {what} is a password: chmod 600 {path}")
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if words := line.split("#")[0].split():
            yield number, words
