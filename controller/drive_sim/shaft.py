"""A file in memory through which a plant turns with a simulated drive: eight doubles, each written by one side only."""

from __future__ import annotations

import math
import mmap
from pathlib import Path
from struct import Struct

WORDS = 8
SPEED, RUNNING, CURRENT, FLOW = range(4)  # the drive writes the first two, the plant the others (NaN: it does not know)
_DOUBLE = Struct("=d")


class Shaft:
    """The drive's end. The file is made if it does not exist; `current_A` and `flow_L_min` are NaN until a plant writes them."""

    def __init__(self, path: Path) -> None:
        size = WORDS * _DOUBLE.size
        if not path.exists():
            path.write_bytes(_DOUBLE.pack(0.0) * 2 + _DOUBLE.pack(math.nan) * (WORDS - 2))
        if path.stat().st_size != size:
            raise OSError(22, f"holds {path.stat().st_size} bytes, a shaft has {size}: give another file", str(path))
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), size)

    def _get(self, word: int) -> float:
        return float(_DOUBLE.unpack_from(self._memory, word * _DOUBLE.size)[0])

    @property
    def current_A(self) -> float:
        return self._get(CURRENT)

    @property
    def flow_L_min(self) -> float:
        return self._get(FLOW)

    def turn(self, speed_rpm: float, running: bool) -> None:
        _DOUBLE.pack_into(self._memory, SPEED * _DOUBLE.size, speed_rpm)
        _DOUBLE.pack_into(self._memory, RUNNING * _DOUBLE.size, float(running))

    def close(self) -> None:
        self._memory.close()
