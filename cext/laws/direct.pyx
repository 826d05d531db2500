"""Outputs by hand, for commissioning: what is held goes out while it is held, everything else stands at its safe value.

Takes the place of the laws (it answers for every output), and of nothing else: state machine, limits, slew and gate come after
it. What is held ends by itself at a tick that the holder must push on, in the tick, whatever became of the holder.
"""

from libc.string cimport memcpy

from cext.cell cimport Cell
from cext.generated.frame cimport OUTPUT_COUNT, Frame
from cext.law cimport LAW_ABI

import math
from collections.abc import Mapping

import numpy as np

from cext.tables.load import outputs

_NAMES = [signal.path.removeprefix("out.") for signal in outputs()]


cdef class DirectLaw(Law):
    """One thread holds and releases; the tick looks every tick."""

    def __cinit__(self):
        self.abi = LAW_ABI
        self.cell = Cell(sizeof(Hold))
        self.held.until_tick = -1.0

    def hold(self, values: Mapping[str, float], until_tick: int) -> None:
        """Asks for these outputs (by name without ``out.``, in their units) before `until_tick`; the others are safe.

        Raises:
            KeyError: no such output. ValueError: a value that is not finite.
        """
        record = np.full(1 + len(_NAMES), math.nan)
        record[0] = until_tick
        for name, value in values.items():
            if name not in _NAMES:
                raise KeyError(f"there is no output {name}; outputs are {', '.join(_NAMES)}")
            if not math.isfinite(value):
                raise ValueError(f"output {name} = {value} is refused: it must be finite")
            record[1 + _NAMES.index(name)] = value
        self.cell.write(record)

    def release(self) -> None:
        """From the next tick on every output is asked to be safe."""
        self.hold({}, -1)

    cdef void step(self, const Frame* f, double* asked, bint running) noexcept nogil:
        cdef Hold fresh
        cdef bint works
        cdef double value
        cdef int i
        if self.cell.get(&fresh):
            memcpy(&self.held, &fresh, sizeof(Hold))
        works = running and f.time_tick < self.held.until_tick
        for i in range(OUTPUT_COUNT):
            value = self.held.value[i]
            # SAFETY: what is not held, or held no longer, is asked to be safe in the same tick
            asked[i] = value if works and value == value else self.spec.outputs[i].safe
