"""Frames of doubles into rows of recorded widths, run of columns by run of columns."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from controller.recording.layout import QUALITY, Column, Layout, missing

Rows = np.ndarray[Any, Any]  # structured, dtype of a Layout
Words = npt.NDArray[np.float64]  # (frames, words of a frame)


class Run(NamedTuple):
    """Neighbouring columns of one type whose words are neighbours in the frame too: copied in one step."""

    source: int
    columns: int
    offset: int
    type: str


def runs(layout: Layout, statistics: Iterable[str]) -> list[Run]:
    """The runs that fill every column with one of these statistics out of the frame's doubles."""
    wanted, found = set(statistics), list[Run]()
    for column in layout.columns:
        if column.source < 0 or column.name == QUALITY or column.statistic not in wanted:
            continue
        offset = layout.dtype.fields[column.name][1]  # type: ignore[index]
        last = found[-1] if found else None
        width = np.dtype(column.type).itemsize
        if (
            last
            and last.type == column.type
            and last.source + last.columns == column.source
            and last.offset + last.columns * width == offset
        ):
            found[-1] = last._replace(columns=last.columns + column.count)
        else:
            found.append(Run(column.source, column.count, offset, column.type))
    return found


def encode_integers(source: Words, target: npt.NDArray[Any]) -> int:
    """Rounds `source` into the integers of `target`, of the same shape.

    What is not finite becomes `layout.missing`; what is out of range becomes the nearest value that is not `missing`.
    Returns how many were out of range.
    """
    fill = missing(target.dtype.str)
    limits = np.iinfo(target.dtype)
    low = float(limits.min + (fill == limits.min))
    high = float(limits.max - (fill == limits.max))
    if high >= 2.0**53:  # the doubles next to the ends of 64 bits are further away than 1
        low, high = -(2.0**63) + 2048, 2.0**63 - 2048
    whole = np.rint(source)
    within = (whole >= low) & (whole <= high)
    if within.all():
        target[...] = whole
        return 0
    finite = np.isfinite(source)
    target[...] = np.clip(np.where(finite, whole, 0.0), low, high)
    target[~finite] = fill
    return int(np.count_nonzero(finite & ~within))


def place(words: Words, rows: Rows, plan: Iterable[Run]) -> int:
    """Fills the columns of `plan` in `rows` from `words`. Returns how many integers were out of range."""
    raw = rows.view(np.uint8).reshape(len(rows), rows.dtype.itemsize)
    clipped = 0
    with np.errstate(over="ignore", invalid="ignore"):  # beyond single precision is inf, as IEEE 754 says
        for run in plan:
            kind = np.dtype(run.type).newbyteorder("<")
            target = raw[:, run.offset : run.offset + run.columns * kind.itemsize].view(kind)
            source = words[:, run.source : run.source + run.columns]
            if kind.kind == "f":
                target[...] = source
            else:
                clipped += encode_integers(source, target)
    return clipped


def as_words(frames: np.ndarray[Any, Any]) -> Words:
    """The frames' memory as doubles: (frames, words)."""
    return frames.view(np.float64).reshape(len(frames), -1)


class FramePacker:
    """Packs whole frames into rows of the full layout, into a buffer that it owns and uses again."""

    def __init__(self, layout: Layout, block_frames: int) -> None:
        self.clipped = 0
        self._plan = runs(layout, ["value"])
        self._rows = layout.blank(block_frames)
        self._position: Column = next(c for c in layout.columns if c.source < 0)

    def pack(self, frames: np.ndarray[Any, Any], first: int) -> Rows:
        """Rows for `frames` (structured, FRAME_DTYPE), whose first is frame number `first` of the ring.

        The rows are valid until the next call. At most `block_frames` at a time.
        """
        rows = self._rows[: len(frames)]
        self.clipped += place(as_words(frames), rows, self._plan)
        rows[QUALITY] = frames[QUALITY]
        rows[self._position.name] = np.arange(first, first + len(frames))
        return rows
