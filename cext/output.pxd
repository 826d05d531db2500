"""Limit and gate: what a law asked for -> what may go out. The last word before the rig."""

from libc.math cimport fmax, fmin, isfinite

from cext.generated.frame cimport FIRST_CMD, FIRST_OUTPUT, OUTPUT_COUNT, OUT_pump_speed_rpm, OUT_valve_pressure, OUT_valve_vacuum, Frame
from cext.generated.states cimport STATE_ARMED, STATE_FAULT, STATE_RUNNING, STATE_SAFE, STATE_STOPPING
from cext.spec cimport CoreSpec, OutputSpec


cdef inline bint commands_finite(const Frame* f) noexcept nogil:
    """Whether every law asked for a finite value."""
    cdef const double* asked = (<const double*>f) + FIRST_CMD
    cdef int i
    for i in range(OUTPUT_COUNT):
        if not isfinite(asked[i]):
            return False
    return True


cdef inline void start_from_measured(const CoreSpec* spec, Frame* f) noexcept nogil:
    """On entering ARMED: the pump's set point begins where the drive is, or coasts, so that the first command gives no bump.

    Never above the largest of its declared values: a tachometer that reads too much must not start a pump fast.
    """
    cdef const OutputSpec* pump = &spec.outputs[OUT_pump_speed_rpm]
    cdef double most = fmax(fmax(pump.rest, pump.standby), pump.safe)
    if isfinite(f.in_pump_speed_rpm):
        f.out_pump_speed_rpm = fmin(fmax(f.in_pump_speed_rpm, fmin(pump.rest, pump.standby)), most)


cdef inline void gate(const CoreSpec* spec, Frame* f, int state, bint energised) noexcept nogil:
    """Writes the out.* signals of `f`; `energised` says whether the machine has been ARMED since it
    was last in INIT or IDLE (docs/adr/0003).

    Slew counts from the previous output, so that entering RUNNING or leaving SAFE gives no bump. Rest and safe values go
    out at once: a fail-safe is not slewed.
    """
    cdef double* out = (<double*>f) + FIRST_OUTPUT
    cdef const double* asked = (<const double*>f) + FIRST_CMD
    cdef double target, step
    cdef int i
    for i in range(OUTPUT_COUNT):
        if (state == STATE_SAFE or state == STATE_FAULT) and energised:
            out[i] = spec.outputs[i].safe        # SAFETY: declared fail-safe, whatever a law asked
            continue
        if state != STATE_ARMED and state != STATE_RUNNING and state != STATE_STOPPING:
            out[i] = spec.outputs[i].rest        # SAFETY: nothing energised before ARMED
            continue
        target = asked[i] if state == STATE_RUNNING or state == STATE_STOPPING else spec.outputs[i].standby
        if not isfinite(target):
            target = spec.outputs[i].safe        # SAFETY: no NaN reaches an actuator
        target = fmin(fmax(target, spec.outputs[i].low), spec.outputs[i].high)
        if spec.outputs[i].slew_per_s > 0.0:
            step = spec.outputs[i].slew_per_s * spec.period_s
            target = fmin(fmax(target, out[i] - step), out[i] + step)
        out[i] = target
    if out[OUT_valve_pressure] > 0.0 and out[OUT_valve_vacuum] > 0.0:
        out[OUT_valve_pressure] = 0.0            # SAFETY: never pressure and vacuum on the balloon at once
