"""A digital edge of a ventricle driver as trigger: the R peak lies a set phase delay after the rising edge."""

from libc.math cimport isfinite

cdef struct Sync:
    double period_s
    bint high
    double wait_s            # until the beat begins; negative: no edge awaits


cdef inline void sync_init(Sync* y, double period_s) noexcept nogil:
    y.period_s = period_s
    y.high = True            # an edge is needed, a high line is none
    y.wait_s = -1.0


cdef inline double sync_step(Sync* y, double line, double phase_s) noexcept nogil:
    """One tick. 0 on the tick on which the beat begins, else negative. A second edge while one awaits is ignored."""
    cdef double ago = -1.0
    if not isfinite(line):
        y.high = True
        y.wait_s = -1.0
        return -1.0
    if y.wait_s >= 0.0:
        y.wait_s -= y.period_s
    elif line > 0.5 and not y.high:
        y.wait_s = phase_s
    if 0.0 <= y.wait_s < 0.5 * y.period_s:
        ago = 0.0
        y.wait_s = -1.0
    elif y.wait_s < 0.0 and y.wait_s > -0.9:
        ago = 0.0
        y.wait_s = -1.0
    y.high = line > 0.5
    return ago
