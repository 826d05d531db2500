"""The binary message of the stream: some frames of the ring, the channels of the screen as single-precision columns.

Little-endian: ``"MLB1"``, then u32 number of frames n, u32 decimation (ticks a sample), f64 tick of the first, u32 frames
that the reader lost before these, u32 blocks that this viewer was too slow for; then f64 scalars (`SCALARS`, `HIGHEST`),
then f32 columns of n samples each, in the order of `channels()`.
"""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from controller.console.channels import HIGHEST, SCALARS, channels

HEAD = struct.Struct("<4sIIdII")
MAGIC = b"MLB1"
SKIPPED_AT = HEAD.size - 4


def block(frames: NDArray[np.void], lost: int, decimation: int = 1) -> bytearray:
    """A block of these frames (at least one). With `decimation` each column keeps the least and the greatest sample of every
    2 x `decimation` ticks in the order they came, so that no peak is lost."""
    last = frames[-1]
    scalars = [float(last[path]) for path in SCALARS] + [float(np.nanmax(_finite(frames[path]))) for path in HIGHEST]
    columns = [_thinned(np.asarray(frames[path], np.float64), decimation) for path in channels()]
    head = HEAD.pack(MAGIC, len(columns[0]), decimation, float(frames["time.tick"][0]), lost, 0)
    return bytearray(b"".join((head, np.array(scalars, "<f8").tobytes(), *(c.astype("<f4").tobytes() for c in columns))))


def for_viewer(shared: bytearray, skipped: int) -> bytes | bytearray:
    """The block with the count of what this viewer was too slow for; the shared one where there is none."""
    if not skipped:
        return shared
    own = bytearray(shared)
    struct.pack_into("<I", own, SKIPPED_AT, min(skipped, 0xFFFFFFFF))
    return own


def _finite(values: NDArray[Any]) -> NDArray[Any]:
    return np.where(np.isfinite(values), values, 0.0)


def _thinned(values: NDArray[np.float64], decimation: int) -> NDArray[np.float64]:
    if decimation <= 1:
        return values
    span = 2 * decimation
    whole = len(values) // span * span
    rows = values[:whole].reshape(-1, span)
    if not len(rows):
        return values[:1]
    low, high = rows.argmin(axis=1), rows.argmax(axis=1)
    order = np.sort(np.stack((low, high), axis=1), axis=1)
    return np.take_along_axis(rows, order, axis=1).reshape(-1)
