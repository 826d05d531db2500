"""Stuck detection: the range of a signal over the last 180 ms against its declared least activity.

The range is kept in ten windows of 20 ms, nine of them complete: a signal that stops moving just after a window has begun is
found when nine still ones have passed, 200 ms later at most.
"""

from libc.math cimport INFINITY, fmax, fmin

from cext.generated.frame cimport INPUT_COUNT
from cext.spec cimport CoreSpec

cdef enum:
    WINDOWS = 10
    COMPLETE = 9
    WINDOW_MS = 20

cdef struct Activity:
    double low[WINDOWS][INPUT_COUNT]
    double high[WINDOWS][INPUT_COUNT]
    int window_ticks
    int at                 # window at work
    int filled             # complete windows, up to COMPLETE
    int ticks              # in the window at work
    unsigned int stuck     # bit per input


cdef inline void _clear(Activity* a, int window) noexcept nogil:
    cdef int i
    for i in range(INPUT_COUNT):
        a.low[window][i] = INFINITY
        a.high[window][i] = -INFINITY


cdef inline void activity_init(Activity* a, double period_s) noexcept nogil:
    a.window_ticks = <int>fmax(1.0, WINDOW_MS * 1e-3 / period_s)
    a.at = a.filled = a.ticks = 0
    a.stuck = 0
    _clear(a, 0)


cdef inline unsigned int _still(const Activity* a, const CoreSpec* spec) noexcept nogil:
    """The inputs that moved less than declared in the complete windows before the one at work."""
    cdef unsigned int stuck = 0
    cdef double low, high
    cdef int i, k, window
    for i in range(INPUT_COUNT):
        if not spec.inputs[i].least_activity > 0.0:
            continue
        low, high = INFINITY, -INFINITY
        for k in range(1, COMPLETE + 1):
            window = (a.at - k + WINDOWS) % WINDOWS
            low = fmin(low, a.low[window][i])
            high = fmax(high, a.high[window][i])
        if high - low < spec.inputs[i].least_activity:
            stuck |= 1u << i
    return stuck


cdef inline unsigned int activity_step(Activity* a, const CoreSpec* spec, const double* value) noexcept nogil:
    """Takes the inputs of one tick. Returns the stuck ones, a bit each."""
    cdef int i
    if a.ticks == a.window_ticks:
        a.at = (a.at + 1) % WINDOWS
        a.ticks = 0
        _clear(a, a.at)
        if a.filled < COMPLETE:
            a.filled += 1
        if a.filled == COMPLETE:
            a.stuck = _still(a, spec)
    a.ticks += 1
    for i in range(INPUT_COUNT):
        if spec.inputs[i].least_activity > 0.0 and value[i] == value[i]:
            a.low[a.at][i] = fmin(a.low[a.at][i], value[i])
            a.high[a.at][i] = fmax(a.high[a.at][i], value[i])
    return a.stuck
