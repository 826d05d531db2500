"""The guard: a frame in, causes out. Also the only place where a bad input is replaced, so that no law sees one.

A bad input (not finite, out of range, stale, or reported bad by the rig) is held at its last good value for 5 ticks and
is NaN afterwards; required inputs trip by then (condition input_lost, harm 6).
"""

from libc.math cimport INFINITY, NAN, fmax, fmin, isfinite

from cext.generated.frame cimport FIRST_INPUT, INPUT_COUNT, IN_estop, Frame
from cext.generated.settings cimport Settings
from cext.generated.states cimport COND_estop, COND_input_limit, COND_input_lost, COND_input_stuck, COND_pressure_high, COND_ready
from cext.rig cimport QUALITY_ABSENT, QUALITY_GOOD
from cext.spec cimport CoreSpec

cdef enum:
    HOLD_TICKS = 5
    READY_TICKS = 50     # self-test: every required input good for this long
    STUCK_WINDOW_MS = 100   # two alternating windows of 100 ms: a stuck signal shows within 200 ms

cdef struct Guard:
    double last[INPUT_COUNT]
    int bad_for[INPUT_COUNT]       # ticks in a row
    double window_low[INPUT_COUNT]
    double window_high[INPUT_COUNT]
    int window_ticks
    unsigned int stuck             # bit per input
    int good_for                   # ticks in a row with every required input good


cdef inline void guard_init(Guard* g) noexcept nogil:
    cdef int i
    g.window_ticks = 0
    g.stuck = 0
    g.good_for = 0
    for i in range(INPUT_COUNT):
        g.last[i] = NAN
        g.bad_for[i] = HOLD_TICKS + 1   # nothing to hold before the first good value
        g.window_low[i] = INFINITY
        g.window_high[i] = -INFINITY


cdef inline bint _bad(const CoreSpec* spec, const Frame* f, int i, double value) noexcept nogil:
    return (
        f.quality[i] != QUALITY_GOOD
        or not isfinite(value)
        or value < spec.inputs[i].low
        or value > spec.inputs[i].high
        or f.age_s[i] > spec.inputs[i].max_age_s
        or f.age_s[i] != f.age_s[i]
    )


cdef inline void _watch_activity(Guard* g, const CoreSpec* spec, const double* value) noexcept nogil:
    """Stuck detection: range of the signal over a window of 100 ms against its declared least activity."""
    cdef int i
    cdef bint over = g.window_ticks * spec.period_s * 1000.0 >= STUCK_WINDOW_MS
    for i in range(INPUT_COUNT):
        if spec.inputs[i].least_activity <= 0.0:
            continue
        if over:
            if g.window_high[i] - g.window_low[i] < spec.inputs[i].least_activity:
                g.stuck |= 1u << i
            else:
                g.stuck &= ~(1u << i)
            g.window_low[i] = INFINITY
            g.window_high[i] = -INFINITY
        if value[i] == value[i]:
            g.window_low[i] = fmin(g.window_low[i], value[i])
            g.window_high[i] = fmax(g.window_high[i], value[i])
    g.window_ticks = 1 if over else g.window_ticks + 1


cdef inline unsigned int guard_inputs(Guard* g, const CoreSpec* spec, const Settings* s, Frame* f) noexcept nogil:
    """Checks and repairs the inputs of `f`; sets state.bad_inputs; returns the causes found."""
    cdef double* value = (<double*>f) + FIRST_INPUT
    cdef unsigned int causes = 0
    cdef unsigned int bad = 0
    cdef bint required_good = True
    cdef int i
    cdef double limit
    for i in range(INPUT_COUNT):
        if _bad(spec, f, i, value[i]):
            if f.quality[i] != QUALITY_ABSENT:
                bad |= 1u << i
            if g.bad_for[i] <= HOLD_TICKS:
                g.bad_for[i] += 1
            if spec.inputs[i].required:
                required_good = False
                causes |= 1u << COND_input_lost
            # SAFETY: a value that failed its check never reaches a law
            value[i] = g.last[i] if g.bad_for[i] <= HOLD_TICKS else NAN
            continue
        g.bad_for[i] = 0
        g.last[i] = value[i]
        limit = spec.inputs[i].trip_high
        if spec.inputs[i].pressure:
            limit = fmin(limit, s.guard_pressure_high_mmHg)
        if spec.inputs[i].pressure and value[i] > limit:
            causes |= 1u << COND_pressure_high   # SAFETY: same tick, no debounce
        elif value[i] > limit or value[i] < spec.inputs[i].trip_low:
            causes |= 1u << COND_input_limit     # SAFETY: same tick, no debounce
    if not value[IN_estop] < 0.5 and f.quality[IN_estop] != QUALITY_ABSENT:
        causes |= 1u << COND_estop               # SAFETY: an unreadable chain counts as open
    _watch_activity(g, spec, value)
    for i in range(INPUT_COUNT):
        if spec.inputs[i].required and g.stuck & (1u << i):
            causes |= 1u << COND_input_stuck
    g.good_for = g.good_for + 1 if required_good and g.good_for < READY_TICKS else (g.good_for if required_good else 0)
    if g.good_for >= READY_TICKS:
        causes |= 1u << COND_ready
    f.state_bad_inputs = bad
    return causes
