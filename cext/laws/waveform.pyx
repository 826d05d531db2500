"""Waveforms put out, one row a tick while the machine is RUNNING: ECG and pressure for a console under test.

Asks for nothing else than its outputs, which stand at standby in every other state and after the last row. State machine, limits, slew
and gate come after it.
"""

from cext.generated.frame cimport Frame
from cext.law cimport LAW_ABI

import numpy as np

from cext.tables.load import outputs as output_rows


cdef class WaveformLaw(Law):
    """Plays `values`, shape (ticks, len(outputs)), in the units of the outputs (names without ``out.``), all finite.

    `repeats`: from the first row again after the last. Raises ValueError: a shape, a value or a name that cannot be.
    """

    def __cinit__(self, *_args, **_kwargs):
        self.abi = LAW_ABI

    def __init__(self, values, outputs, *, repeats=False) -> None:
        names = [signal.path.removeprefix("out.") for signal in output_rows()]
        table = np.ascontiguousarray(values, np.float64)
        if table.ndim != 2 or not len(table) or table.shape[1] != len(outputs):
            raise ValueError(f"waveforms have shape {table.shape}, it must be (at least 1, {len(outputs)})")
        if not np.isfinite(table).all():
            raise ValueError("waveforms hold values that are not finite: nothing of them can go out")
        for i, name in enumerate(outputs):
            if name not in names:
                raise ValueError(f"there is no output {name}; outputs are {', '.join(names)}")
            self.slot[<int>i] = names.index(name)
        self.kept, self.values = table, <const double*><size_t>table.ctypes.data
        self.columns, self.ticks, self.repeats, self.played = len(outputs), len(table), repeats, 0

    cdef void step(self, const Frame* f, double* asked, bint running) noexcept nogil:
        cdef int64_t row = self.played % self.ticks if self.repeats else self.played
        cdef bint plays = running and row < self.ticks
        cdef int i
        for i in range(self.columns):
            # SAFETY: no waveform stands still at a peak: what is not played is at standby in the same tick
            asked[self.slot[i]] = self.values[row * self.columns + i] if plays else self.spec.outputs[self.slot[i]].standby
        self.played += plays
