"""Rotary pump between two places (Impella and LVAD LV -> AA, Impella RP VC -> PA).

    L_p*dQ/dt = H(N, Q) - (P_out - P_in) - R_suc*Q                          mmHg, mL/s, rad/s
Laws of the head:
    affinity   H = H0*(w/w0)^2 - k*Q|Q|,  k = H0/Q0^2
    linear     H = beta2*w^2 - R*Q, R pump and cannulae together (Simaan 2009)
    curve      Q = a + b*dP - c*dP^2 at reference speeds, on its falling branch dP = p + sqrt((Q_max - Q)/c), p = b/2c,
               Q_max = a + b^2/4c; p, Q_max and c between and beyond the references by affinity (dP ~ w^2, Q ~ w). Beyond
               Q_max the head falls as steeply as it did 0.02 mL/s before: the peak of flow is held.
Stopped (w = 0) the pump is an open tube, Q = -sqrt(dP/k_stop); from there to the law in a straight line over the first fifth of w0.
    R_suc = 3.5*max(0, 1 - (P_in - P_peri)) mmHg*s/mL (Simaan et al. 2009, there on P_LV; transmural here, or breathing would
    trip it)
A pump that does not lie across the valve (in the ventricle, or in the aorta) pumps in a circle: no head, nothing across. Too
deep, its inlet lies at the mitral apparatus and sucks from a transmural pressure of 6 mmHg on; too shallow, half of its flow goes
round in the aorta, and it works against half of the head. [design values]
Placement signal: the pressure at the outlet (aorta; LV when in the ventricle), or P_out - P_in (nothing when on one side).
Q lives at half steps (momentum.pxd). `suction` says 1 where R_suc exceeds 1 mmHg*s/mL.
[numbers: device files]
"""

from libc.math cimport sqrt
from cext.plant.momentum cimport momentum_step
from cext.plant.motor cimport Motor, MotorState, motor_step

cdef enum:
    CURVES = 4
    POSITION_CORRECT = 0
    POSITION_IN_VENTRICLE = 1
    POSITION_IN_AORTA = 2
    POSITION_TOO_DEEP = 3
    POSITION_TOO_SHALLOW = 4

ctypedef struct PumpCurve:
    double w               # rad/s
    double p_peak          # mmHg
    double q_max           # mL/s
    double c               # mL/s/mmHg2

ctypedef struct RotaryPump:
    bint fitted
    int position
    bint differential      # placement signal
    double femoral_fr      # catheter in the femoral artery; 0: none
    double h0_per_w2       # H0/w0^2, or beta2
    double k_run           # mmHg*s2/mL2
    double k_stop
    double r_linear        # mmHg*s/mL
    double per_blend       # 1/(0.2*w0)
    double l_per_dt        # mmHg*s/mL
    double w_max           # rad/s
    int curves             # 0: no law of curves
    PumpCurve curve[CURVES]
    Motor motor

ctypedef struct RotaryPumpState:
    double r_suction
    double circling        # flow in the pump that does not go across the valve
    double placement       # mmHg
    MotorState motor


cdef inline double curve_head(const RotaryPump* p, double w, double q, double* slope) noexcept nogil:
    """H by the curves, and -dH/dQ."""
    cdef int i = 0
    cdef double share = 0.0, s, p_peak, q_max, c, x, root
    while i < p.curves - 2 and w > p.curve[i + 1].w:
        i += 1
    if p.curves > 1:
        share = (w - p.curve[i].w) / (p.curve[i + 1].w - p.curve[i].w)
        share = 0.0 if share < 0.0 else (1.0 if share > 1.0 else share)
    # At the nearest reference speeds, brought to the first of them by affinity.
    s = p.curve[i].w / p.curve[i + 1].w if share > 0.0 else 1.0
    p_peak = p.curve[i].p_peak + share * (p.curve[i + 1].p_peak * s * s - p.curve[i].p_peak)
    q_max = p.curve[i].q_max + share * (p.curve[i + 1].q_max * s - p.curve[i].q_max)
    c = p.curve[i].c + share * (p.curve[i + 1].c / (s * s * s) - p.curve[i].c)
    s = w / p.curve[i].w
    if s < 0.2:
        s = 0.2
    x = q_max - q / s
    if x > 0.02:
        root = sqrt(x / c)
        slope[0] = s / (2.0 * c * root)
        return s * s * (p_peak + root)
    root = sqrt(0.02 / c)
    slope[0] = s / (2.0 * c * root)
    return s * s * (p_peak + root + (x - 0.02) / (2.0 * c * root))


cdef inline double rotary_pump_flow(const RotaryPump* p, RotaryPumpState* s, double q, double dp, double transmural,
                                    double source_r) noexcept nogil:
    """Q at n + 1/2. `dp` = P_out - P_in at n without the part that source_r takes (chamber.pxd), `transmural` = P_in - P_peri."""
    cdef double w = s.motor.w, share = w * p.per_blend, k, slope = 0.0, head, closes, half = 0.5 * (source_r if q > 0.0 else 0.0)
    if share > 1.0:
        share = 1.0
    k = p.k_stop + (p.k_run - p.k_stop) * share
    if p.curves:
        head = share * curve_head(p, w, 2.0 * q if p.position == POSITION_TOO_SHALLOW else q, &slope)
        slope *= share
    else:
        head = p.h0_per_w2 * w * w
        half += 0.5 * p.r_linear
    if p.position == POSITION_IN_VENTRICLE or p.position == POSITION_IN_AORTA:
        s.r_suction = 0.0
        q = s.circling
        s.circling = momentum_step(q, head + slope * q, p.l_per_dt, 0.5 * p.r_linear, slope, k)
        return 0.0
    closes = 6.0 if p.position == POSITION_TOO_DEEP else 1.0
    s.r_suction = 3.5 * (closes - transmural) if transmural < closes else 0.0
    if p.position == POSITION_TOO_SHALLOW:
        s.circling = 0.5 * momentum_step(2.0 * q, head + slope * 2.0 * q - 0.5 * dp, p.l_per_dt, half, s.r_suction + slope, k)
        return s.circling
    s.circling = 0.0
    return momentum_step(q, head + slope * q - dp, p.l_per_dt, half, s.r_suction + slope, k)


cdef inline double rotary_pump_placement(const RotaryPump* p, double p_in, double p_out) noexcept nogil:
    if p.differential:
        return 0.0 if p.position == POSITION_IN_VENTRICLE or p.position == POSITION_IN_AORTA else p_out - p_in
    return p_in if p.position == POSITION_IN_VENTRICLE else p_out


cdef inline void rotary_pump_drive(const RotaryPump* p, RotaryPumpState* s, double speed_rpm, double enable,
                                   double q) noexcept nogil:
    cdef double w = speed_rpm * (6.283185307179586 / 60.0)
    motor_step(&p.motor, &s.motor, 0.0 if w < 0.0 else (p.w_max if w > p.w_max else w), enable, q + s.circling)
