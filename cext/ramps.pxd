"""Linear ramps of settings, stepped by the tick: exact in virtual time, independent of the supervisor's pace."""

cdef enum:
    RAMP_COUNT = 16

cdef struct Ramp:
    int index            # setting; -1: free
    double start
    double target
    long long begin      # tick
    long long ticks

cdef struct Ramps:
    Ramp slot[RAMP_COUNT]


cdef inline void ramps_init(Ramps* r) noexcept nogil:
    cdef int i
    for i in range(RAMP_COUNT):
        r.slot[i].index = -1


cdef inline void ramp_cancel(Ramps* r, int index) noexcept nogil:
    cdef int i
    for i in range(RAMP_COUNT):
        if r.slot[i].index == index:
            r.slot[i].index = -1


cdef inline bint ramp_begin(Ramps* r, double* settings, int index, double target, long long now, long long ticks) noexcept nogil:
    """Starts a ramp from the value in force; a ramp at work on the same setting is replaced. False: no slot is free."""
    cdef int i
    ramp_cancel(r, index)
    for i in range(RAMP_COUNT):
        if r.slot[i].index < 0:
            r.slot[i].index = index
            r.slot[i].start = settings[index]
            r.slot[i].target = target
            r.slot[i].begin = now
            r.slot[i].ticks = ticks
            return True
    return False


cdef inline void ramps_step(Ramps* r, double* settings, long long now) noexcept nogil:
    cdef int i
    cdef double share
    for i in range(RAMP_COUNT):
        if r.slot[i].index < 0:
            continue
        share = <double>(now - r.slot[i].begin) / <double>r.slot[i].ticks
        if share >= 1.0:
            settings[r.slot[i].index] = r.slot[i].target
            r.slot[i].index = -1
        else:
            settings[r.slot[i].index] = r.slot[i].start + share * (r.slot[i].target - r.slot[i].start)
