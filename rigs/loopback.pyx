"""A bench whose ECG and pressure outputs are wired to its own inputs: the generator tried without a console.

SIMULATED. As a rig of its own without wires, or on the other end of simulated cards (rigs/simdaq).
"""

from libc.math cimport NAN
from libc.string cimport memcpy

from cext.generated.frame cimport FIRST_INPUT, FIRST_OUTPUT, INPUT_COUNT, OUTPUT_COUNT, Frame
from cext.rig cimport QUALITY_ABSENT, QUALITY_GOOD, RIG_ABI, RIG_CLOSED, RIG_OK, Rig

from cext.tables import load

WIRED = ("ecg_mV", "aop_mmHg")


cdef class LoopbackRig(Rig):
    """`inputs`, `outputs`: rows of the bench file; of the outputs rest and safe are kept."""

    def __cinit__(self, *_args, **_kwargs):
        self.abi = RIG_ABI

    def __init__(self, inputs, outputs) -> None:
        ins, outs = [s.path[3:] for s in load.inputs()], [s.path[4:] for s in load.outputs()]
        for i, name in enumerate(WIRED):
            both = name in inputs and name in outputs
            self.source[<int>i] = outs.index(name) if both else -1
            self.target[<int>i] = ins.index(name)
        self.closed_chain = ins.index("estop") if "estop" in inputs else -1
        for name, row in outputs.items():
            self.rest[<int>outs.index(name)] = row["rest"]
            self.safe[<int>outs.index(name)] = row["safe"]

    def open(self) -> None:
        memcpy(self.wire, self.rest, sizeof(self.rest))
        self.is_open = True

    def header(self) -> dict[str, object]:
        return {"loopback": "SIMULATED: ECG and pressure outputs lead to the bench's own inputs"}

    cdef int read(self, Frame* f) noexcept nogil:
        cdef double* to = <double*>f + FIRST_INPUT
        cdef int i
        if not self.is_open:
            return RIG_CLOSED
        for i in range(INPUT_COUNT):
            to[i], f.quality[i], f.age_s[i] = NAN, QUALITY_ABSENT, 0.0
        if self.closed_chain >= 0:
            to[self.closed_chain], f.quality[self.closed_chain] = 0.0, QUALITY_GOOD
        for i in range(LOOPS):
            if self.source[i] >= 0:
                to[self.target[i]], f.quality[self.target[i]] = self.wire[self.source[i]], QUALITY_GOOD
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
