"""What placement signal and motor current say of the left pump: suction, and where it lies. Writes pump.position, pump.suction and
pump.backward.

Suction: flow holds, then collapses with rising pulsatility. Within a second, the least flow is under 0.4 of the greatest, and by 0.3
of it less than it was wont to be (a healthy ventricle on a slow pump swings that far without suction). One second shows it, one
without ends it.
Position, every 2 s: the current is pulsatile (over 4 % of its mean) only where the pump lies across the valve. Outlet pressure: aortic
if its least is over 0.4 of its greatest. In the ventricle: current flat, pressure ventricular. In the aorta: flat, aortic. Differential
pressure: correct where it swings and the current does too; flat on one side of the valve, and nothing tells which: in the aorta is said.
Backward: the mean of a second is under -0.2 L/min; also told of a pump that stands, which is an open tube across the valve.
[after the placement screen of the maker's console; thresholds are design values]
"""

from libc.math cimport fabs, fmax, fmin, isfinite

from cext.generated.frame cimport Frame
from cext.spec cimport CoreSpec

cdef enum:
    POSITION_UNKNOWN = 0
    POSITION_SEEN_CORRECT = 1
    POSITION_SEEN_VENTRICLE = 2
    POSITION_SEEN_AORTA = 3
    LEAST_PULSE_mmHg = 10
    SMOOTH_TICKS = 15

cdef struct PumpWatch:
    double second_s
    double back_s
    double back_sum          # of the flow within this second, L/min
    int back_ticks
    bint backward
    double least             # flow within this second, L/min
    double most
    double usual             # least/most when nothing sucks
    double speed_rpm         # at the start of this second
    bint suction
    double window_s
    double current           # smoothed, A
    double current_least
    double current_most
    double placement_least
    double placement_most
    int position


cdef inline void _forget(PumpWatch* p) noexcept nogil:
    p.second_s = p.window_s = p.current = p.speed_rpm = 0.0
    p.least = p.current_least = p.placement_least = 1e9
    p.most = p.current_most = p.placement_most = -1e9
    p.usual = -1.0
    p.suction = False
    p.position = POSITION_UNKNOWN


cdef inline void pump_watch_init(PumpWatch* p) noexcept nogil:
    p.back_s = p.back_sum = 0.0
    p.back_ticks = 0
    p.backward = False
    _forget(p)


cdef inline void _backward(PumpWatch* p, const CoreSpec* spec, double flow) noexcept nogil:
    if isfinite(flow):
        p.back_sum += flow
        p.back_ticks += 1
    p.back_s += spec.period_s
    if p.back_s >= 1.0:
        p.backward = p.back_ticks > 0 and p.back_sum < -0.2 * p.back_ticks
        p.back_s = p.back_sum = 0.0
        p.back_ticks = 0


cdef inline void _second(PumpWatch* p, double speed_rpm) noexcept nogil:
    cdef double ratio = p.least / p.most if p.most > 0.1 else 1.0
    if fabs(speed_rpm - p.speed_rpm) > 0.02 * speed_rpm:
        p.usual = -1.0                  # another speed: learn anew
        p.suction = False
    elif p.usual < -0.5:
        p.usual = ratio
    else:
        p.suction = ratio < 0.4 and ratio < p.usual - 0.3
        if not p.suction:
            p.usual += 0.1 * (ratio - p.usual)
    p.speed_rpm = speed_rpm
    p.least = 1e9
    p.most = -1e9
    p.second_s = 0.0


cdef inline int _position(const PumpWatch* p, bint differential) noexcept nogil:
    cdef bint pulsatile = p.current_most - p.current_least > 0.04 * (p.current_most + p.current_least) / 2.0
    cdef bint swings = p.placement_most - p.placement_least > LEAST_PULSE_mmHg
    cdef bint aortic = p.placement_least > 0.4 * p.placement_most
    if differential:
        if pulsatile == swings:
            return POSITION_SEEN_CORRECT if pulsatile else POSITION_SEEN_AORTA
        return POSITION_UNKNOWN
    if aortic:
        return POSITION_SEEN_CORRECT if pulsatile else POSITION_SEEN_AORTA
    return POSITION_UNKNOWN if pulsatile else POSITION_SEEN_VENTRICLE


cdef inline void pump_watch_step(PumpWatch* p, const CoreSpec* spec, double speed_rpm, Frame* f) noexcept nogil:
    """`speed_rpm`: that of the tick before; a pump that stands shows nothing but blood that runs back."""
    _backward(p, spec, f.in_pump_flow_L_min)
    if speed_rpm < 0.5 * spec.pump_low_rpm or speed_rpm <= 0.0:
        _forget(p)
    else:
        if isfinite(f.in_pump_flow_L_min):
            p.least = fmin(p.least, f.in_pump_flow_L_min)
            p.most = fmax(p.most, f.in_pump_flow_L_min)
        p.second_s += spec.period_s
        if p.second_s >= 1.0:
            _second(p, speed_rpm)
        if isfinite(f.in_pump_current_A) and isfinite(f.in_pump_placement_mmHg):
            p.current += (f.in_pump_current_A - p.current) / SMOOTH_TICKS
            p.window_s += spec.period_s
            if p.window_s > 0.2:
                p.current_least = fmin(p.current_least, p.current)
                p.current_most = fmax(p.current_most, p.current)
                p.placement_least = fmin(p.placement_least, f.in_pump_placement_mmHg)
                p.placement_most = fmax(p.placement_most, f.in_pump_placement_mmHg)
            if p.window_s >= 2.2:
                p.position = _position(p, spec.differential)
                p.window_s = 0.2
                p.current_least = p.placement_least = 1e9
                p.current_most = p.placement_most = -1e9
    f.pump_suction = 1.0 if p.suction else 0.0
    f.pump_position = p.position
    f.pump_backward = 1.0 if p.backward else 0.0
