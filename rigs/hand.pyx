"""A rig by hand: one read or write at a time from Python, outside any loop. For contract tests and commissioning, never in
the tick."""

import numpy as np

from libc.string cimport memcpy, memset
from cext.generated.frame cimport FIRST_OUTPUT, Frame
from cext.generated.settings cimport Settings
from cext.frame import FRAME_BYTES, FRAME_DTYPE
from cext.rig cimport Rig
from cext.tables import load


cdef class Hand:
    """Holds a rig, a frame and settings of its own (the defaults), which the rig sees as those in force.

    Raises ValueError for an unknown setting or output, or a value out of range.
    """

    cdef Rig rig
    cdef Frame frame
    cdef Settings settings

    def __init__(self, Rig rig, settings=None):
        memset(&self.frame, 0, sizeof(Frame))
        self.rig = rig
        for path, row in load.settings().items():
            self.set(path, row.default)
        for path, value in (settings or {}).items():
            self.set(path, value)
        rig.settings = &self.settings

    def __dealloc__(self):
        if self.rig is not None:
            self.rig.settings = NULL

    def set(self, path, value):
        """Changes a setting, in the words or numbers of the table."""
        cdef double* values = <double*>&self.settings
        table = load.settings()
        if path not in table:
            raise ValueError(f"there is no setting {path!r}")
        values[list(table).index(path)] = table[path].encode(value)

    def read(self):
        """(code, frame): one read; the frame is a copy with the fields of FRAME_DTYPE. Each read is a tick of 1 ms."""
        cdef int code
        with nogil:                        # as in the loop: a device's thread may have to work before the read ends
            code = self.rig.read(&self.frame)
        self.frame.time_tick += 1.0
        self.frame.time_t_s = 1e-3 * self.frame.time_tick
        frame = np.zeros(1, FRAME_DTYPE)
        memcpy(<void*><size_t>frame.ctypes.data, &self.frame, sizeof(Frame) if FRAME_BYTES > sizeof(Frame) else FRAME_BYTES)
        return code, frame[0]

    def write(self, **outputs):
        """The code of one write; outputs by channel name, those not named stay as they were."""
        cdef double* values = <double*>&self.frame
        names = [s.path[4:] for s in load.outputs()]
        for name, value in outputs.items():
            if name not in names:
                raise ValueError(f"there is no output {name!r}; outputs are {', '.join(names)}")
            values[FIRST_OUTPUT + names.index(name)] = value
        return self.rig.write(&self.frame)

    def energise(self, bint energised=True):
        """Tells the rig, as the loop does, that it is armed (its fail-safe are the safe values) or at rest."""
        self.rig.energised = energised

    def feed_watchdog(self, bint level):
        """The code of one change of the watchdog line."""
        return self.rig.feed_watchdog(level)

    def make_safe(self):
        """The code of one make_safe."""
        return self.rig.make_safe()

    def ticks(self, n, **outputs):
        """`n` reads, each followed by a write of the same outputs; the frames read, as an array of n."""
        frames = np.zeros(n, FRAME_DTYPE)
        for i in range(n):
            frames[i] = self.read()[1]
            self.write(**outputs)
        return frames
