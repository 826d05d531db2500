"""The scripted rig: plays arrays as inputs, keeps what it was told to put out. For playing signals back, and for tests.

Row n of the script is what the n-th `read` gives; after the last row that row stands. Every `write`, `make_safe` and
`feed_watchdog` is noted with the values at the actuators after it, in memory that is there before the first tick.
"""

import numpy as np

from cext.generated.frame cimport FIRST_INPUT, FIRST_OUTPUT, INPUT_COUNT, OUTPUT_COUNT, Frame
from cext.rig cimport RIG_ABI, RIG_CLOSED, RIG_OK, Rig

from cext.tables.load import inputs, outputs

LOG_DTYPE = np.dtype([("tick", "i8"), ("kind", "i8"), ("code", "i8"), ("wire", "f8", OUTPUT_COUNT)])
CALLS = ("read", "write", "make_safe", "feed_watchdog")


cdef class ScriptedRig(Rig):
    """Plays `values`; see the head of this file.

    Args:
        values: (ticks, inputs) in the units and the order of the signal table, any number allowed.
        ages_s: the same shape, s; default 0. qualities: the same shape, QUALITY_* codes; default good.
        codes: (ticks, 4) answers of read, write, make_safe and feed_watchdog, 0 or below; default 0. A call that fails
            leaves the actuators as they are.
        rest, safe: values by output name (``valve_vacuum``), 0 where not given.
        log_size: calls that are kept; further ones are not.

    Raises:
        ValueError: a shape that does not fit, or no row.
    """

    def __cinit__(self, *_args, **_kwargs):
        self.abi = RIG_ABI

    def __init__(self, values, *, ages_s=None, qualities=None, codes=None, rest=None, safe=None, log_size=None) -> None:
        cdef int i
        table = np.ascontiguousarray(values, np.float64)
        rows = len(table)
        ages = np.zeros_like(table) if ages_s is None else np.ascontiguousarray(ages_s, np.float64)
        quality = np.zeros(table.shape, np.uint8) if qualities is None else np.ascontiguousarray(qualities, np.uint8)
        answers = np.zeros((rows, CALL_KINDS), np.intc) if codes is None else np.ascontiguousarray(codes, np.intc)
        for name, array, width in (("values", table, INPUT_COUNT), ("ages_s", ages, INPUT_COUNT),
                                   ("qualities", quality, INPUT_COUNT), ("codes", answers, CALL_KINDS)):
            if not rows or array.shape != (rows, width):
                raise ValueError(f"scripted rig: {name} has shape {array.shape}, it must be ({rows or 'at least 1'}, {width})")
        self.script, self.length = (table, ages, quality, answers), rows
        self.values, self.ages = <const double*><size_t>table.ctypes.data, <const double*><size_t>ages.ctypes.data
        self.qualities = <const unsigned char*><size_t>quality.ctypes.data
        self.codes = <const int*><size_t>answers.ctypes.data
        for i, signal in enumerate(outputs()):
            self.rest[i] = (rest or {}).get(signal.path[4:], 0.0)
            self.safe[i] = (safe or {}).get(signal.path[4:], 0.0)
        self.kept = np.zeros(4 * rows + 16 if log_size is None else log_size, LOG_DTYPE)
        self.log, self.room = <Call*><size_t>self.kept.ctypes.data, len(self.kept)

    def open(self) -> None:
        """Starts the script anew, with the rest values at the actuators."""
        self.at = self.logged = 0
        self.wire = self.rest
        self.is_open = True

    @property
    def calls(self) -> np.ndarray:
        """LOG_DTYPE: tick of the script, kind (index into CALLS), answer, and the values at the actuators after the call."""
        return self.kept[: self.logged].copy()

    cdef int answer(self, int kind) noexcept nogil:
        """What the script says to a call in the tick at work (that of the last read)."""
        cdef long long row = self.at - 1 if self.at > 0 else 0
        return self.codes[(row if row < self.length else self.length - 1) * CALL_KINDS + kind]

    cdef void note(self, int kind, int code) noexcept nogil:
        cdef Call* call
        if self.logged < self.room:
            call = &self.log[self.logged]
            call.tick, call.kind, call.code, call.wire = self.at - 1, kind, code, self.wire
            self.logged += 1

    cdef int read(self, Frame* f) noexcept nogil:
        cdef double* to = <double*>f + FIRST_INPUT
        cdef long long row
        cdef int i
        if not self.is_open:
            return RIG_CLOSED
        row = self.at if self.at < self.length else self.length - 1
        self.at += 1
        for i in range(INPUT_COUNT):
            to[i] = self.values[row * INPUT_COUNT + i]
            f.age_s[i] = self.ages[row * INPUT_COUNT + i]
            f.quality[i] = self.qualities[row * INPUT_COUNT + i]
        return self.answer(CALL_READ)

    cdef int write(self, const Frame* f) noexcept nogil:
        cdef const double* out = <const double*>f + FIRST_OUTPUT
        cdef int i, code
        if not self.is_open:
            return RIG_CLOSED
        code = self.answer(CALL_WRITE)
        if code >= 0:
            for i in range(OUTPUT_COUNT):
                self.wire[i] = out[i]
        self.note(CALL_WRITE, code)
        return code

    cdef int make_safe(self) noexcept nogil:
        cdef int code = self.answer(CALL_MAKE_SAFE)
        if code >= 0:
            if self.energised:
                self.wire = self.safe
            else:
                self.wire = self.rest
        self.note(CALL_MAKE_SAFE, code)
        return code

    cdef int feed_watchdog(self, bint level) noexcept nogil:
        cdef int code = self.answer(CALL_FEED_WATCHDOG)
        self.note(CALL_FEED_WATCHDOG, code)
        return code
