"""Right pump speed by P-level, with a ramp. Asks for cmd.rpump_speed_rpm and cmd.rpump_enable.

Not running, it ramps to standstill within guard.stop_ramp_s: right of the lungs a stopped pump leaks back little.
"""

from libc.math cimport fmax, fmin, isfinite

from cext.generated.frame cimport Frame
from cext.generated.settings cimport Settings
from cext.spec cimport CoreSpec

cdef struct RightPumpSpeed:
    double reference_rpm


cdef inline void right_pump_speed_init(RightPumpSpeed* p) noexcept nogil:
    p.reference_rpm = 0.0


cdef inline void right_pump_speed_step(RightPumpSpeed* p, const Settings* s, const CoreSpec* spec, Frame* f,
                                       bint running) noexcept nogil:
    cdef double target = 0.0, step = s.rpump_ramp_rpm_s * spec.period_s
    if running and spec.rpump_high_rpm > 0.0:
        target = spec.rpump_level_rpm[<int>s.rpump_level]
        if not isfinite(target):
            target = p.reference_rpm    # a level that this pump does not have
    if not running:
        step = fmax(step, spec.rpump_high_rpm * spec.period_s / fmax(s.guard_stop_ramp_s, spec.period_s))
    p.reference_rpm = fmin(fmax(target, p.reference_rpm - step), p.reference_rpm + step)
    f.cmd_rpump_speed_rpm = p.reference_rpm
    f.cmd_rpump_enable = 1.0 if p.reference_rpm > 0.0 else 0.0
