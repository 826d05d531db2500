"""Pump speed: by P-level (the device's table) or by rpm, with a ramp. Asks for cmd.pump_speed_rpm and cmd.pump_enable."""

from libc.math cimport fmax, fmin, isfinite

from cext.generated.frame cimport OUT_pump_speed_rpm, Frame
from cext.generated.settings cimport PUMP_LEVEL_BY_SPEED, Settings
from cext.spec cimport CoreSpec

cdef struct PumpSpeed:
    double reference_rpm


cdef inline void pump_speed_init(PumpSpeed* p) noexcept nogil:
    p.reference_rpm = 0.0


cdef inline double _target_rpm(const Settings* s, const CoreSpec* spec, double reference_rpm) noexcept nogil:
    cdef int level = <int>s.pump_level
    cdef double rpm = s.pump_speed_rpm if level == PUMP_LEVEL_BY_SPEED else spec.level_rpm[level]
    if spec.pump_high_rpm <= 0.0 or rpm <= 0.0:
        return 0.0
    if not isfinite(rpm):
        return reference_rpm      # a level that this pump does not have: goes on as it is
    return fmin(fmax(rpm, spec.pump_low_rpm), spec.pump_high_rpm)


cdef inline void pump_speed_step(PumpSpeed* p, const Settings* s, const CoreSpec* spec, Frame* f, bint running) noexcept nogil:
    """One tick. Not running: the reference goes to the standby speed within guard.stop_ramp_s; starts from what is out."""
    cdef double target = _target_rpm(s, spec, p.reference_rpm) if running else spec.outputs[OUT_pump_speed_rpm].standby
    cdef double step = s.pump_ramp_rpm_s * spec.period_s
    if not running:
        step = fmax(step, spec.pump_high_rpm * spec.period_s / fmax(s.guard_stop_ramp_s, spec.period_s))
    p.reference_rpm = fmin(fmax(target, p.reference_rpm - step), p.reference_rpm + step)
    f.cmd_pump_speed_rpm = p.reference_rpm
    f.cmd_pump_enable = 1.0 if p.reference_rpm > 0.0 else 0.0
