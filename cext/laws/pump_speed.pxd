"""Left pump speed: by P-level (the device's table) or by rpm, with a ramp. Asks for cmd.pump_speed_rpm and cmd.pump_enable.

boost falls back to the fastest numbered level when its time is over, auto ramps to the most flow without suction within 30 s and ends when
its time is over at the numbered level next below: all from the Impella 2.5 instructions for use (5 min, P-8; 3 h). How auto finds
suction, and what it does then, the maker does not publish: those three numbers are ours. Suction lets the flow collapse once a beat: the
least flow of a second lies under 0.4 of the greatest. The speed then gives way by 4 %, about one P-level (P-7 to P-6 of the Impella
2.5: 4.3 %), and does not rise for 5 s. Suction at a numbered level is answered by one level less, by at most two
(pump.suction_answer, how it is told: pump_watch.pxd); a newly set level starts anew.
"""

from libc.math cimport fmax, fmin, isfinite

from cext.generated.frame cimport OUT_pump_speed_rpm, Frame
from cext.generated.settings cimport PUMP_LEVEL_AUTO, PUMP_LEVEL_BOOST, PUMP_LEVEL_BY_SPEED, Settings
from cext.laws.pump_watch cimport PumpWatch, pump_watch_init, pump_watch_step
from cext.spec cimport CoreSpec

cdef enum:
    AUTO_RAMP_S = 30
    AUTO_WAIT_S = 5
    MOST_LOWERED = 2
    LEAST_LEVEL = 2          # P-2: below it blood runs back through a pump across the valve
    LOWER_WAIT_S = 5

cdef struct PumpSpeed:
    double reference_rpm
    double boosted_s        # time in boost
    double auto_s           # time in auto
    double auto_rpm
    double hold_s           # auto waits
    double least            # flow within this second, L/min
    double most
    double second_s
    int level               # asked for in the last tick
    int lowered
    int timed_out           # 1 boost, 2 auto
    double lowered_s        # since the last time
    PumpWatch watch


cdef inline void pump_speed_init(PumpSpeed* p) noexcept nogil:
    p.reference_rpm = 0.0
    p.boosted_s = 0.0
    p.auto_s = 0.0
    p.auto_rpm = 0.0
    p.hold_s = 0.0
    p.least = 1e9
    p.most = -1e9
    p.second_s = 0.0
    p.level = 0
    p.lowered = 0
    p.timed_out = 0
    p.lowered_s = 0.0
    pump_watch_init(&p.watch)


cdef inline double _level_below(const CoreSpec* spec, double rpm) noexcept nogil:
    """Speed of the fastest numbered level that is no faster than `rpm`."""
    cdef double found = spec.pump_low_rpm
    cdef int i
    for i in range(PUMP_LEVEL_BY_SPEED):
        if spec.level_rpm[i] <= rpm and spec.level_rpm[i] > found:
            found = spec.level_rpm[i]
    return found


cdef inline double _numbered_rpm(PumpSpeed* p, const Settings* s, const CoreSpec* spec, int level) noexcept nogil:
    """Speed of a numbered level, less what suction has taken."""
    cdef int low
    p.lowered_s += spec.period_s
    if s.pump_suction_answer < 0.5:
        p.lowered = 0
    elif p.watch.suction and p.lowered < MOST_LOWERED and p.lowered_s > LOWER_WAIT_S and level - p.lowered > LEAST_LEVEL:
        p.lowered += 1
        p.lowered_s = 0.0
    low = level - p.lowered
    return spec.level_rpm[low] if isfinite(spec.level_rpm[low]) else spec.level_rpm[level]


cdef inline double _auto_rpm(PumpSpeed* p, const CoreSpec* spec, const Frame* f) noexcept nogil:
    cdef double flow = f.in_pump_flow_L_min
    p.auto_s += spec.period_s
    if p.auto_s > spec.auto_s:
        p.timed_out = 2
        return _level_below(spec, p.auto_rpm)
    if p.auto_rpm <= 0.0:
        p.auto_rpm = fmax(p.reference_rpm, spec.pump_low_rpm)
    p.least = fmin(p.least, flow)
    p.most = fmax(p.most, flow)
    p.second_s += spec.period_s
    p.hold_s -= spec.period_s
    if p.second_s >= 1.0:
        if p.least < 0.4 * p.most and p.hold_s < AUTO_WAIT_S - 1.5:   # not twice for one: the window after a change still shows it
            p.auto_rpm = fmax(0.96 * p.auto_rpm, spec.pump_low_rpm)
            p.hold_s = AUTO_WAIT_S
        p.least = 1e9
        p.most = -1e9
        p.second_s = 0.0
    if p.hold_s <= 0.0:
        p.auto_rpm = fmin(p.auto_rpm + spec.pump_high_rpm * spec.period_s / AUTO_RAMP_S, spec.pump_high_rpm)
    return p.auto_rpm


cdef inline double _target_rpm(PumpSpeed* p, const Settings* s, const CoreSpec* spec, const Frame* f) noexcept nogil:
    cdef int level = <int>s.pump_level
    cdef double rpm
    p.timed_out = 0
    if level != PUMP_LEVEL_AUTO:
        p.auto_rpm = p.auto_s = 0.0
    if level != p.level:
        p.level = level
        p.lowered = 0
        p.lowered_s = 0.0
    p.boosted_s = p.boosted_s + spec.period_s if level == PUMP_LEVEL_BOOST else 0.0
    if level == PUMP_LEVEL_BY_SPEED:
        rpm = s.pump_speed_rpm
    elif level == PUMP_LEVEL_AUTO:
        rpm = _auto_rpm(p, spec, f)
    elif level == PUMP_LEVEL_BOOST:
        p.timed_out = 1 if p.boosted_s > spec.boost_s else 0
        rpm = spec.top_level_rpm if p.timed_out else spec.boost_rpm
    else:
        rpm = _numbered_rpm(p, s, spec, level)
    if spec.pump_high_rpm <= 0.0 or rpm <= 0.0:
        return 0.0
    if not isfinite(rpm):
        return p.reference_rpm      # a level that this pump does not have: goes on as it is
    return fmin(fmax(rpm, spec.pump_low_rpm), spec.pump_high_rpm)


cdef inline void pump_speed_step(PumpSpeed* p, const Settings* s, const CoreSpec* spec, Frame* f, bint running) noexcept nogil:
    """One tick. Not running: the reference goes to the standby speed within guard.stop_ramp_s; starts from what is out."""
    cdef double target, step = s.pump_ramp_rpm_s * spec.period_s
    pump_watch_step(&p.watch, spec, p.reference_rpm, f)
    target = _target_rpm(p, s, spec, f) if running else spec.outputs[OUT_pump_speed_rpm].standby
    if not running:
        step = fmax(step, spec.pump_high_rpm * spec.period_s / fmax(s.guard_stop_ramp_s, spec.period_s))
    p.reference_rpm = fmin(fmax(target, p.reference_rpm - step), p.reference_rpm + step)
    f.cmd_pump_speed_rpm = p.reference_rpm
    f.cmd_pump_enable = 1.0 if p.reference_rpm > 0.0 else 0.0
    f.pump_lowered = p.lowered if running else 0
    f.pump_timed_out = p.timed_out if running else 0
