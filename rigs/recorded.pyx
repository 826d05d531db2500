"""The recorded patient: a record of ECG, pressure and what else it holds is played as inputs. Outputs go nowhere.

Row n of the record is what the n-th `read` gives. Where the record has no sample (NaN), and after its end, the input keeps no
value: quality STALE, with the age of the last sample. Nothing is interpolated here, and the outputs cannot change the patient.
"""

import numpy as np

from libc.math cimport NAN
from libc.string cimport memcpy

from cext.generated.frame cimport FIRST_INPUT, FIRST_OUTPUT, INPUT_COUNT, OUTPUT_COUNT, Frame
from cext.rig cimport QUALITY_ABSENT, QUALITY_GOOD, QUALITY_STALE, RIG_ABI, RIG_CLOSED, RIG_OK, Rig

from cext.tables import load

SEAM_S = 1.0   # a loop is not joined to itself: the jump would look like a heart beat


cdef class RecordedRig(Rig):
    """Plays `values`; see the head of this file.

    Args:
        values: (ticks, len(inputs)) in the units of the signal table, one row a period; NaN where there is no sample.
        inputs: names of the columns (``aop_mmHg``).
        outputs: rows of the bench file, of which rest and safe are kept.
        loop: begin again at the end, after a second without samples.
        stop_chain: the bench shows an emergency stop; it is closed for ever.
        about: what the recording is to say of the record.

    Raises:
        ValueError: a shape that does not fit, no row, or a name that is no input or output.
    """

    def __cinit__(self, *_args, **_kwargs):
        self.abi = RIG_ABI

    def __init__(self, values, inputs, outputs, double period_s, *, loop=False, stop_chain=True, about=None) -> None:
        known = [signal.path[3:] for signal in load.inputs()]
        table = np.ascontiguousarray(values, np.float64)
        if table.ndim != 2 or not len(table) or table.shape[1] != len(inputs):
            raise ValueError(f"recorded rig: the record has shape {table.shape}, it must be (at least 1, {len(inputs)})")
        for i, name in enumerate(inputs):
            if name not in known:
                raise ValueError(f"recorded rig: there is no input {name!r}; inputs are {', '.join(known)}")
            self.slot[<int>i] = known.index(name)
        self.kept, self.names = table, {"inputs": list(inputs), "about": dict(about or {})}
        self.values = <const double*><size_t>table.ctypes.data
        self.columns, self.ticks, self.period_s = len(inputs), len(table), period_s
        self.seam = round(SEAM_S / period_s) if loop else -1
        self.closed_chain = known.index("estop") if stop_chain else -1
        driven = [signal.path[4:] for signal in load.outputs()]
        for name, row in outputs.items():
            if name not in driven:
                raise ValueError(f"recorded rig: there is no output {name!r}; outputs are {', '.join(driven)}")
            self.rest[<int>driven.index(name)] = row["rest"]
            self.safe[<int>driven.index(name)] = row["safe"]

    def open(self) -> None:
        """Begins the record anew, with the rest values at outputs that lead nowhere."""
        cdef int i
        self.at = 0
        memcpy(self.wire, self.rest, sizeof(self.rest))
        for i in range(INPUT_COUNT):
            self.age_s[i] = 0.0
        self.is_open = True

    def header(self) -> dict[str, object]:
        return {"recorded": "RECORDED PATIENT, SIMULATED actuators: outputs go nowhere", **self.names["about"]}

    def ended(self) -> str:
        if self.seam >= 0 or self.at < self.ticks:
            return ""
        return f"the record has ended after {self.ticks * self.period_s:g} s"

    @property
    def standing(self) -> dict[str, float]:
        """What the outputs would be at by now, by name."""
        return {signal.path[4:]: self.wire[i] for i, signal in enumerate(load.outputs())}

    cdef int read(self, Frame* f) noexcept nogil:
        cdef double* to = <double*>f + FIRST_INPUT
        cdef double value
        cdef int i, slot
        if not self.is_open:
            return RIG_CLOSED
        for i in range(INPUT_COUNT):
            to[i], f.quality[i], f.age_s[i] = NAN, QUALITY_ABSENT, 0.0
        if self.closed_chain >= 0:
            to[self.closed_chain], f.quality[self.closed_chain] = 0.0, QUALITY_GOOD
        for i in range(self.columns):
            slot = self.slot[i]
            value = self.values[self.at * self.columns + i] if self.at < self.ticks else NAN
            to[slot] = value
            if value == value:
                self.age_s[i], f.quality[slot] = 0.0, QUALITY_GOOD
            else:
                self.age_s[i] += self.period_s
                f.quality[slot], f.age_s[slot] = QUALITY_STALE, self.age_s[i]
        if self.seam < 0:
            self.at += self.at < self.ticks
        else:
            self.at = self.at + 1 if self.at + 1 < self.ticks + self.seam else 0
        return RIG_OK

    cdef int write(self, const Frame* f) noexcept nogil:
        if not self.is_open:
            return RIG_CLOSED
        memcpy(self.wire, <const double*>f + FIRST_OUTPUT, OUTPUT_COUNT * sizeof(double))
        return RIG_OK

    cdef int make_safe(self) noexcept nogil:
        if self.energised:
            memcpy(self.wire, self.safe, sizeof(self.safe))
        else:
            memcpy(self.wire, self.rest, sizeof(self.rest))
        return RIG_OK
