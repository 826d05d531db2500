"""Memory through which a plant turns with a simulated drive: eight doubles, each written by one side only."""

from __future__ import annotations

import ctypes
import math
import mmap
from pathlib import Path
from struct import Struct

WORDS = 8
SPEED, RUNNING, CURRENT, FLOW = range(4)  # the drive writes the first two, the plant the others (NaN: it does not know)
_DOUBLE = Struct("=d")


class Shaft:
    """The drive's end. `current_A` and `flow_L_min` are NaN until a plant writes them.

    `path`: a file that two processes share, made if it does not exist; None: within this process. `memory`: the plant's end.
    """

    def __init__(self, path: Path | None = None) -> None:
        size = WORDS * _DOUBLE.size
        if path is None:
            self.memory = mmap.mmap(-1, size)
            self.memory[:] = _DOUBLE.pack(0.0) * 2 + _DOUBLE.pack(math.nan) * (WORDS - 2)
            return
        if not path.exists():
            path.write_bytes(_DOUBLE.pack(0.0) * 2 + _DOUBLE.pack(math.nan) * (WORDS - 2))
        if path.stat().st_size != size:
            raise OSError(22, f"holds {path.stat().st_size} bytes, a shaft has {size}: give another file", str(path))
        with path.open("r+b") as file:
            self.memory = mmap.mmap(file.fileno(), size)

    def address(self) -> int:
        """Where the words lie in this process, while the object lives."""
        return ctypes.addressof(ctypes.c_double.from_buffer(self.memory))

    def _get(self, word: int) -> float:
        return float(_DOUBLE.unpack_from(self.memory, word * _DOUBLE.size)[0])

    @property
    def current_A(self) -> float:
        return self._get(CURRENT)

    @property
    def flow_L_min(self) -> float:
        return self._get(FLOW)

    def turn(self, speed_rpm: float, running: bool) -> None:
        _DOUBLE.pack_into(self.memory, SPEED * _DOUBLE.size, speed_rpm)
        _DOUBLE.pack_into(self.memory, RUNNING * _DOUBLE.size, float(running))

    def close(self) -> None:
        self.memory.close()
