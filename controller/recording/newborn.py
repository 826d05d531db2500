"""Files that bear their name only when they are whole: a reader sees the old one or the new one, never half of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

UNBORN = ".part"  # what a file is called besides, until it is whole


def unborn(path: Path) -> Path:
    """Where the file that is to be `path` is written."""
    return path.with_name(path.name + UNBORN)


@contextmanager
def newborn(path: Path) -> Iterator[Path]:
    """A path to write to; it gets its real name at the end, and nothing is left of one that failed."""
    draft = unborn(path)
    try:
        yield draft
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
