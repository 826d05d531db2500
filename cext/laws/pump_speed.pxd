"""Left pump speed: by P-level (the device's table) or by rpm, with a ramp. Asks for cmd.pump_speed_rpm and cmd.pump_enable.

boost falls back to P-8 after 5 min, auto ramps to the most flow without suction within 30 s: both from the Impella 2.5
instructions for use. How auto finds suction, and what it does then, the maker does not publish: those three numbers are ours.
Suction lets the flow collapse once a beat: the least flow of a second lies under 0.4 of the greatest. The speed then gives way by
4 %, about one P-level (P-7 to P-6 of the Impella 2.5: 4.3 %), and does not rise for 5 s.
"""

from libc.math cimport fmax, fmin, isfinite

from cext.generated.frame cimport OUT_pump_speed_rpm, Frame
from cext.generated.settings cimport PUMP_LEVEL_AUTO, PUMP_LEVEL_BOOST, PUMP_LEVEL_BY_SPEED, Settings
from cext.spec cimport CoreSpec

cdef enum:
    BOOST_S = 300
    AUTO_RAMP_S = 30
    AUTO_WAIT_S = 5

cdef struct PumpSpeed:
    double reference_rpm
    double boosted_s        # time in boost
    double auto_rpm
    double hold_s           # auto waits
    double least            # flow within this second, L/min
    double most
    double second_s


cdef inline void pump_speed_init(PumpSpeed* p) noexcept nogil:
    p.reference_rpm = 0.0
    p.boosted_s = 0.0
    p.auto_rpm = 0.0
    p.hold_s = 0.0
    p.least = 1e9
    p.most = -1e9
    p.second_s = 0.0


cdef inline double _auto_rpm(PumpSpeed* p, const CoreSpec* spec, const Frame* f) noexcept nogil:
    cdef double flow = f.in_pump_flow_L_min
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
    if level != PUMP_LEVEL_AUTO:
        p.auto_rpm = 0.0
    p.boosted_s = p.boosted_s + spec.period_s if level == PUMP_LEVEL_BOOST else 0.0
    if level == PUMP_LEVEL_BY_SPEED:
        rpm = s.pump_speed_rpm
    elif level == PUMP_LEVEL_AUTO:
        rpm = _auto_rpm(p, spec, f)
    elif level == PUMP_LEVEL_BOOST:
        rpm = spec.level_rpm[8] if p.boosted_s > BOOST_S else spec.boost_rpm
    else:
        rpm = spec.level_rpm[level]
    if spec.pump_high_rpm <= 0.0 or rpm <= 0.0:
        return 0.0
    if not isfinite(rpm):
        return p.reference_rpm      # a level that this pump does not have: goes on as it is
    return fmin(fmax(rpm, spec.pump_low_rpm), spec.pump_high_rpm)


cdef inline void pump_speed_step(PumpSpeed* p, const Settings* s, const CoreSpec* spec, Frame* f, bint running) noexcept nogil:
    """One tick. Not running: the reference goes to the standby speed within guard.stop_ramp_s; starts from what is out."""
    cdef double target = _target_rpm(p, s, spec, f) if running else spec.outputs[OUT_pump_speed_rpm].standby
    cdef double step = s.pump_ramp_rpm_s * spec.period_s
    if not running:
        step = fmax(step, spec.pump_high_rpm * spec.period_s / fmax(s.guard_stop_ramp_s, spec.period_s))
    p.reference_rpm = fmin(fmax(target, p.reference_rpm - step), p.reference_rpm + step)
    f.cmd_pump_speed_rpm = p.reference_rpm
    f.cmd_pump_enable = 1.0 if p.reference_rpm > 0.0 else 0.0
