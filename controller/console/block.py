"""The binary message of the stream: some frames of the ring, the channels of the screen as single-precision columns.

Little-endian: ``"MLB1"``, then u32 number of frames n, f64 tick of the first, u32 frames that the reader lost before these,
u32 blocks that this viewer was too slow for; then f64 scalars (`SCALARS`, `HIGHEST`), then f32 columns of n samples each, in
the order of `channels()`. Full rate: 1 kHz of 11 channels is 55 kB/s a viewer.
"""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from controller.console.channels import HIGHEST, SCALARS, channels

HEAD = struct.Struct("<4sIdII")
MAGIC = b"MLB1"
SKIPPED_AT = HEAD.size - 4


def block(frames: NDArray[np.void], lost: int) -> bytearray:
    """A block of these frames (at least one)."""
    last = frames[-1]
    scalars = [float(last[path]) for path in SCALARS] + [float(np.nanmax(_finite(frames[path]))) for path in HIGHEST]
    head = HEAD.pack(MAGIC, len(frames), float(frames["time.tick"][0]), min(lost, 0xFFFFFFFF), 0)
    columns = (frames[path].astype("<f4").tobytes() for path in channels())
    return bytearray(b"".join((head, np.array(scalars, "<f8").tobytes(), *columns)))


def for_viewer(shared: bytearray, skipped: int) -> bytes | bytearray:
    """The block with the count of what this viewer was too slow for; the shared one where there is none."""
    if not skipped:
        return shared
    own = bytearray(shared)
    struct.pack_into("<I", own, SKIPPED_AT, min(skipped, 0xFFFFFFFF))
    return own


def _finite(values: NDArray[Any]) -> NDArray[Any]:
    return np.where(np.isfinite(values), values, 0.0)
