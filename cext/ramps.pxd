"""Linear ramps of settings, stepped by the tick: exact in virtual time, independent of the supervisor's pace."""

from cext.generated.settings cimport SETTING_COUNT

cdef struct Ramp:
    double start
    double target
    long long begin      # tick
    long long ticks      # 0: no ramp

cdef struct Ramps:
    Ramp of[SETTING_COUNT]
    int at_work


cdef inline void ramps_init(Ramps* r) noexcept nogil:
    cdef int i
    r.at_work = 0
    for i in range(SETTING_COUNT):
        r.of[i].ticks = 0


cdef inline void ramp_cancel(Ramps* r, int index) noexcept nogil:
    if r.of[index].ticks > 0:
        r.of[index].ticks = 0
        r.at_work -= 1


cdef inline void ramp_begin(Ramps* r, const double* settings, int index, double target, long long now, long long ticks) noexcept nogil:
    """Starts a ramp of `ticks` > 0 from the value in force; a ramp at work on the same setting is replaced."""
    ramp_cancel(r, index)
    r.of[index].start = settings[index]
    r.of[index].target = target
    r.of[index].begin = now
    r.of[index].ticks = ticks
    r.at_work += 1


cdef inline void ramps_step(Ramps* r, double* settings, long long now) noexcept nogil:
    cdef int i
    cdef double share
    if r.at_work == 0:
        return
    for i in range(SETTING_COUNT):
        if r.of[i].ticks == 0:
            continue
        share = <double>(now - r.of[i].begin) / <double>r.of[i].ticks
        if share >= 1.0:
            settings[i] = r.of[i].target
            ramp_cancel(r, i)
        else:
            settings[i] = r.of[i].start + share * (r.of[i].target - r.of[i].start)
