"""Rotary pump across a valve (Impella: LV -> AA).

    L_p*dQ/dt = H(N, Q) - (P_out - P_in) - R_suc*Q                          mmHg, mL/s, rad/s
    H = H0*(w/w0)^2 - k*Q|Q|,  k = H0/Q0^2 running; stopped (w = 0) the pump is an open tube, Q = -sqrt(dP/k_stop).
    k goes from k_stop to H0/Q0^2 in a straight line over the first fifth of the reference speed w0.
    R_suc = 3.5*max(0, 1 - (P_LV - P_peri)) mmHg*s/mL (Simaan et al. 2009, there on P_LV; transmural here, or breathing would
    trip it)
Q lives at half steps (momentum.pxd). `suction` says 1 where R_suc exceeds 1 mmHg*s/mL.
[H0, N0, Q0, k_stop: device files]
"""

from cext.plant.momentum cimport momentum_step
from cext.plant.motor cimport Motor, MotorState, motor_step

ctypedef struct RotaryPump:
    bint fitted
    double h0_per_w2       # H0/w0^2
    double k_run           # mmHg*s2/mL2
    double k_stop
    double per_blend       # 1/(0.2*w0)
    double l_per_dt        # mmHg*s/mL
    double w_max           # rad/s
    Motor motor

ctypedef struct RotaryPumpState:
    double r_suction
    MotorState motor


cdef inline double rotary_pump_flow(const RotaryPump* p, RotaryPumpState* s, double q, double dp, double transmural,
                                    double source_r) noexcept nogil:
    """Q at n + 1/2. `dp` = P_out - P_in at n without the part that source_r takes (chamber.pxd), `transmural` = P_LV -
    P_peri."""
    cdef double w = s.motor.w, share = w * p.per_blend, k
    k = p.k_run if share > 1.0 else p.k_stop + (p.k_run - p.k_stop) * share
    s.r_suction = 3.5 * (1.0 - transmural) if transmural < 1.0 else 0.0
    return momentum_step(q, p.h0_per_w2 * w * w - dp, p.l_per_dt, 0.5 * source_r if q > 0.0 else 0.0, s.r_suction, k)


cdef inline void rotary_pump_drive(const RotaryPump* p, RotaryPumpState* s, double speed_rpm, double enable,
                                   double q) noexcept nogil:
    cdef double w = speed_rpm * (6.283185307179586 / 60.0)
    motor_step(&p.motor, &s.motor, 0.0 if w < 0.0 else (p.w_max if w > p.w_max else w), enable, q)
