"""The guard: a frame in, causes out. Also the only place where a bad input is replaced, so that no law sees one.

A bad input (not finite, out of range, stale, or reported bad by the rig) is held at its last good value for 5 ticks and
is NaN afterwards; required inputs trip by then (condition input_lost, harm 6). Limits look at every finite reading that the
driver vouches for, out of range or not: a pressure that leaves the range of its transducer is too high, not merely unreadable.
"""

from libc.math cimport NAN, fmin, isfinite

from cext.activity cimport Activity, activity_init, activity_step
from cext.generated.frame cimport FIRST_INPUT, INPUT_COUNT, IN_estop, Frame
from cext.generated.settings cimport Settings
from cext.generated.states cimport COND_estop, COND_input_limit, COND_input_lost, COND_input_stuck, COND_pressure_high, COND_ready
from cext.rig cimport QUALITY_ABSENT, QUALITY_GOOD, QUALITY_RANGE
from cext.spec cimport CoreSpec, InputSpec

cdef enum:
    HOLD_TICKS = 5
    READY_TICKS = 50     # self-test: every required input good for this long

cdef struct Guard:
    double last[INPUT_COUNT]
    int bad_for[INPUT_COUNT]       # ticks in a row
    int good_for                   # ticks in a row with every required input good, up to READY_TICKS
    Activity activity


cdef inline void guard_init(Guard* g, double period_s) noexcept nogil:
    cdef int i
    g.good_for = 0
    for i in range(INPUT_COUNT):
        g.last[i] = NAN
        g.bad_for[i] = HOLD_TICKS + 1   # nothing to hold before the first good value
    activity_init(&g.activity, period_s)


cdef inline bint _fresh(const InputSpec* spec, double value, double age_s) noexcept nogil:
    """Whether this is a measured number, and not an old one."""
    return isfinite(value) and age_s <= spec.max_age_s


cdef inline unsigned int _beyond(const InputSpec* spec, const Settings* s, double value, int quality) noexcept nogil:
    """The cause that a fresh reading gives by its size.

    A saturated pressure is too high wherever its calibration puts the rail: by its half of the range.
    """
    cdef double middle = 0.5 * (spec.low + spec.high)
    cdef double limit = fmin(spec.trip_high, s.guard_pressure_high_mmHg) if spec.pressure else spec.trip_high
    if spec.pressure and (value > limit or value > spec.high or (quality == QUALITY_RANGE and value > middle)):
        return 1u << COND_pressure_high
    if value > limit or value < spec.trip_low:
        return 1u << COND_input_limit
    return 0


cdef inline double _hold(Guard* g, int i) noexcept nogil:
    """What stands for the bad input `i` in this tick."""
    if g.bad_for[i] <= HOLD_TICKS:
        g.bad_for[i] += 1
    return g.last[i] if g.bad_for[i] <= HOLD_TICKS else NAN


cdef inline unsigned int guard_inputs(Guard* g, const CoreSpec* spec, const Settings* s, Frame* f) noexcept nogil:
    """Checks and repairs the inputs of `f`; sets state.bad_inputs; returns the causes found."""
    cdef double* value = (<double*>f) + FIRST_INPUT
    cdef const InputSpec* row
    cdef unsigned int causes = 0
    cdef unsigned int bad = 0
    cdef unsigned int stuck
    cdef int i
    for i in range(INPUT_COUNT):
        row = &spec.inputs[i]
        if not row.present:                          # not on this bench, whatever the rig says
            value[i] = NAN
            f.quality[i] = QUALITY_ABSENT
            continue
        if _fresh(row, value[i], f.age_s[i]):
            if i == IN_estop and value[i] >= 0.5:
                causes |= 1u << COND_estop           # SAFETY: an open emergency stop trips in the same tick
            if f.quality[i] == QUALITY_GOOD or f.quality[i] == QUALITY_RANGE:
                causes |= _beyond(row, s, value[i], f.quality[i])   # SAFETY: a limit trips in the same tick, no debounce
            if f.quality[i] == QUALITY_GOOD and row.low <= value[i] <= row.high:
                g.bad_for[i] = 0
                g.last[i] = value[i]
                continue
        bad |= 1u << i
        if row.required:
            causes |= 1u << COND_input_lost
        value[i] = _hold(g, i)                       # SAFETY: a value that failed its check never reaches a law
    if spec.inputs[IN_estop].present and not value[IN_estop] < 0.5:
        causes |= 1u << COND_estop                   # SAFETY: an unreadable emergency stop counts as open
    stuck = activity_step(&g.activity, spec, value)
    for i in range(INPUT_COUNT):
        if spec.inputs[i].required and stuck & (1u << i):
            causes |= 1u << COND_input_stuck         # SAFETY: a required input that stands still trips within 200 ms
    if causes & (1u << COND_input_lost):
        g.good_for = 0
    elif g.good_for < READY_TICKS:
        g.good_for += 1
    if g.good_for >= READY_TICKS:
        causes |= 1u << COND_ready
    f.state_bad_inputs = bad
    return causes
