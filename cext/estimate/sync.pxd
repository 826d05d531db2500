"""A digital edge of a ventricle driver as trigger: the R peak lies a set phase delay after the rising edge.

Edges that come closer together than the phase delay wait in a queue, SYNC_WAITING of them: 20 ms apart at the longest delay. One
that finds no room is left out. A delay that is changed holds for the edges after it.
"""

from libc.math cimport isfinite

cdef enum:
    SYNC_WAITING = 50

cdef struct Sync:
    double period_s
    double now_s             # since the line could last be read
    bint high
    int first, waiting       # of the queue
    double due_s[SYNC_WAITING]


cdef inline void sync_init(Sync* y, double period_s) noexcept nogil:
    y.period_s = period_s
    y.now_s = 0.0
    y.high = True            # an edge is needed, a high line is none
    y.first = y.waiting = 0


cdef inline double sync_step(Sync* y, double line, double phase_s) noexcept nogil:
    """One tick. 0 on the tick on which the beat begins, else negative."""
    cdef double ago = -1.0, due_s
    if not isfinite(line):
        y.high = True
        y.waiting = 0
        return -1.0
    y.now_s = y.now_s + y.period_s if y.waiting > 0 else 0.0
    if line > 0.5 and not y.high and y.waiting < SYNC_WAITING:
        due_s = y.now_s + phase_s
        y.due_s[(y.first + y.waiting) % SYNC_WAITING] = due_s
        y.waiting += 1
    if y.waiting > 0 and y.due_s[y.first] - y.now_s < 0.5 * y.period_s:
        y.first = (y.first + 1) % SYNC_WAITING
        y.waiting -= 1
        ago = 0.0
    y.high = line > 0.5
    return ago
