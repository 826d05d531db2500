"""The binary message of the stream: some frames of the ring, the channels of the screen as single-precision columns.

Little-endian: ``"MLB1"``, then u32 number of frames n, f64 tick of the first, u32 frames that the reader lost before these,
u32 blocks that this viewer was too slow for; then f64 scalars (`SCALARS`, `HIGHEST`), then f32 columns of n samples each, in
the order of `channels()`. Full rate: 1 kHz of 11 channels is 55 kB/s a viewer. A stored run is replayed in the same blocks.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from controller.console.channels import HIGHEST, SCALARS, channels

HEAD = struct.Struct("<4sIdII")
MAGIC = b"MLB1"
SKIPPED_AT = HEAD.size - 4


def block(frames: NDArray[np.void], lost: int) -> bytearray:
    """A block of these frames (at least one)."""
    return columns_block(float(frames["time.tick"][0]), {path: frames[path] for path in _PATHS}, lost)


def columns_block(first_tick: float, columns: Mapping[str, NDArray[Any]], lost: int = 0) -> bytearray:
    """A block of columns of equal length n >= 1, by path: those of `channels`, `SCALARS` and `HIGHEST`; consecutive ticks."""
    scalars = [float(columns[path][-1]) for path in SCALARS] + [float(np.nanmax(_finite(columns[path]))) for path in HIGHEST]
    n = len(columns[SCALARS[0]])
    head = HEAD.pack(MAGIC, n, first_tick, min(lost, 0xFFFFFFFF), 0)
    samples = (columns[path].astype("<f4").tobytes() for path in channels())
    return bytearray(b"".join((head, np.array(scalars, "<f8").tobytes(), *samples)))


def for_viewer(shared: bytearray, skipped: int) -> bytes | bytearray:
    """The block with the count of what this viewer was too slow for; the shared one where there is none."""
    if not skipped:
        return shared
    own = bytearray(shared)
    struct.pack_into("<I", own, SKIPPED_AT, min(skipped, 0xFFFFFFFF))
    return own


def _finite(values: NDArray[Any]) -> NDArray[Any]:
    return np.where(np.isfinite(values), values, 0.0)


_PATHS = dict.fromkeys((*channels(), *SCALARS, *HIGHEST))
