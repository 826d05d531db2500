"""The small circulation of Simaan et al. 2009 (IEEE Trans Control Syst Technol 17:217): left heart and systemic arteries.

    LA (C_R) --R_M, D_M--> LV (E(t)) --R_A, D_A--> AA (C_A) --R_C, L_S--> arteries (C_S) --R_S--> LA        mmHg, mL, s
                           LV --cannula, pump, cannula--> AA                          (rotary_pump.pxd)
    P_LV = E(t)*(V - V0),   E = (E_max - E_min)*e + E_min                              (e: activation.pxd)
    dV/dt = q_M - q_A - Q          q_M = max(P_LA - P_LV, 0)/R_M,  q_A = max(P_LV - P_AA, 0)/R_A
    C_R*dP_LA/dt = (P_S - P_LA)/R_S - q_M          C_S*dP_S/dt = q_T - (P_S - P_LA)/R_S
    C_A*dP_AA/dt = q_A + Q - q_T                   L_S*dq_T/dt = P_AA - P_S - R_C*q_T
An E_max below E_min counts as E_min: activation never takes from the wall. Pressures are against the room's.

Step: TR-BDF2 (Bank et al. 1985, IEEE Trans Electron Devices 32:1992), second order and L-stable: R_A*C_A is 0.08 ms. Both stages
are solved exactly, with the valves open or shut as the solution itself asks for. The pump's flow Q stands at n + 1/2 (leapfrog).
Volumes move by the flows that both stages weigh, so their sum stays to rounding.
"""

from cext.generated.models cimport *

ctypedef struct Simaan:
    double dt
    double v0
    double e_span            # E_max - E_min
    double per_r_s
    double blood_delta_mL    # asked for, against the volume of the start
    double infusion_step_mL

ctypedef struct SimaanState:
    double v                 # mL
    double p_la              # mmHg
    double p_s
    double p_aa
    double q_t               # mL/s
    double e                 # E(t), mmHg/mL
    double q_m               # mean of the last step, mL/s
    double q_a
    double given_mL

ctypedef struct SimaanFlows:
    double m
    double a
    double s
    double t
    double dt_t              # dq_t/dt


cdef inline double simaan_elastance(const Simaan* p, double activation) noexcept nogil:
    return simaan_2009_e_min_mmHg_mL + p.e_span * activation


cdef inline double simaan_lvp(const Simaan* p, const SimaanState* s) noexcept nogil:
    return s.e * (s.v - p.v0)


cdef inline void simaan_flows(const Simaan* p, const SimaanState* s, bint mitral, bint aortic, SimaanFlows* f) noexcept nogil:
    cdef double p_lv = simaan_lvp(p, s)
    f.m = (s.p_la - p_lv) / simaan_2009_r_m_mmHg_s_mL if mitral else 0.0
    f.a = (p_lv - s.p_aa) / simaan_2009_r_a_mmHg_s_mL if aortic else 0.0
    f.s = (s.p_s - s.p_la) * p.per_r_s
    f.t = s.q_t
    f.dt_t = (s.p_aa - s.p_s - simaan_2009_r_c_mmHg_s_mL * s.q_t) / simaan_2009_l_s_mmHg_s2_mL


cdef inline void simaan_move(SimaanState* s, const SimaanFlows* f, double q, double dt) noexcept nogil:
    """s += dt times what the flows do."""
    s.v += dt * (f.m - f.a - q)
    s.p_la += dt * (f.s - f.m) / simaan_2009_c_r_mL_mmHg
    s.p_s += dt * (f.t - f.s) / simaan_2009_c_s_mL_mmHg
    s.p_aa += dt * (f.a + q - f.t) / simaan_2009_c_a_mL_mmHg
    s.q_t += dt * f.dt_t


cdef inline void simaan_solve(const Simaan* p, const SimaanState* b, double e, double q, double h, bint mitral, bint aortic,
                              SimaanState* x) noexcept nogil:
    """x = b + h*f(x) with these valves open. Unknowns P_AA, P_S, P_LA, P_LV in this order; dominant diagonal, so no pivots."""
    cdef double hr = h / simaan_2009_c_r_mL_mmHg, hs = h / simaan_2009_c_s_mL_mmHg, ha = h / simaan_2009_c_a_mL_mmHg
    cdef double gm = 1.0 / simaan_2009_r_m_mmHg_s_mL if mitral else 0.0, ga = 1.0 / simaan_2009_r_a_mmHg_s_mL if aortic else 0.0
    cdef double hl = h / simaan_2009_l_s_mmHg_s2_mL, damp = 1.0 / (1.0 + hl * simaan_2009_r_c_mmHg_s_mL)
    cdef double k = hl * damp, q0 = b.q_t * damp  # q_t = q0 + k*(P_AA - P_S)
    cdef double a11 = 1.0 + ha * (ga + k), a12 = -ha * k, a14 = -ha * ga, r1 = b.p_aa + ha * (q - q0)
    cdef double a21 = -hs * k, a22 = 1.0 + hs * (k + p.per_r_s), a23 = -hs * p.per_r_s, a24, r2 = b.p_s + hs * q0
    cdef double a32 = -hr * p.per_r_s, a33 = 1.0 + hr * (p.per_r_s + gm), a34 = -hr * gm, r3 = b.p_la
    cdef double a41 = -h * ga, a42, a43 = -h * gm, a44 = 1.0 / e + h * (gm + ga), r4 = b.v - p.v0 - h * q, f, p_lv
    f = a21 / a11
    a22 -= f * a12; a24 = -f * a14; r2 -= f * r1
    f = a41 / a11
    a42 = -f * a12; a44 -= f * a14; r4 -= f * r1
    f = a32 / a22
    a33 -= f * a23; a34 -= f * a24; r3 -= f * r2
    f = a42 / a22
    a43 -= f * a23; a44 -= f * a24; r4 -= f * r2
    f = a43 / a33
    p_lv = (r4 - f * r3) / (a44 - f * a34)
    x.p_la = (r3 - a34 * p_lv) / a33
    x.p_s = (r2 - a23 * x.p_la - a24 * p_lv) / a22
    x.p_aa = (r1 - a12 * x.p_s - a14 * p_lv) / a11
    x.q_t = q0 + k * (x.p_aa - x.p_s)
    x.v = p.v0 + p_lv / e
    x.e = e


cdef inline void simaan_stage(const Simaan* p, const SimaanState* b, double e, double q, double h, SimaanState* x,
                              SimaanFlows* f) noexcept nogil:
    """The solution whose pressures agree with its valves, and its flows. `x` comes with the valves' first guess in it."""
    cdef bint mitral = x.q_m > 0.0, aortic = x.q_a > 0.0, opens_m, opens_a
    cdef int i
    for i in range(4):  # as many as there are combinations
        simaan_solve(p, b, e, q, h, mitral, aortic, x)
        opens_m = x.p_la > simaan_lvp(p, x)
        opens_a = simaan_lvp(p, x) > x.p_aa
        if opens_m == mitral and opens_a == aortic:
            break
        if i < 3:
            mitral = opens_m
            aortic = opens_a
    simaan_flows(p, x, mitral, aortic, f)
    x.q_m = f.m
    x.q_a = f.a


cdef inline void simaan_step(const Simaan* p, SimaanState* s, double activation, double q) noexcept nogil:
    """One step to `activation` at its end, with the pump's flow `q` (mL/s) at its middle."""
    cdef SimaanFlows first, second, third
    cdef SimaanState b, x
    cdef double h = 0.29289321881345254 * p.dt, w = 0.35355339059327379 * p.dt  # (1 - sqrt(2)/2), sqrt(2)/4
    cdef double e = simaan_elastance(p, activation), give = p.blood_delta_mL - s.given_mL
    if give != 0.0:
        give = p.infusion_step_mL if give > p.infusion_step_mL else (-p.infusion_step_mL if give < -p.infusion_step_mL else give)
        if give > 0.0 or s.p_la > 1.0:  # nobody can be bled beyond this
            s.given_mL += give
            s.p_la += give / simaan_2009_c_r_mL_mmHg
    simaan_flows(p, s, s.p_la > simaan_lvp(p, s), simaan_lvp(p, s) > s.p_aa, &first)
    b = s[0]
    simaan_move(&b, &first, q, h)
    x = s[0]
    x.q_m = first.m
    x.q_a = first.a
    simaan_stage(p, &b, s.e + 0.58578643762690497 * (e - s.e), q, h, &x, &second)
    b = s[0]
    simaan_move(&b, &first, q, w)
    simaan_move(&b, &second, q, w)
    simaan_stage(p, &b, e, q, h, &x, &third)
    simaan_move(s, &first, q, w)
    simaan_move(s, &second, q, w)
    simaan_move(s, &third, q, h)
    s.e = e
    s.q_m = (w * (first.m + second.m) + h * third.m) / p.dt
    s.q_a = (w * (first.a + second.a) + h * third.a) / p.dt


cdef inline double simaan_volume_mL(const SimaanState* s) noexcept nogil:
    """All blood of the model: the ventricle's with V0, the rest as what stretches the vessels."""
    return s.v + simaan_2009_c_r_mL_mmHg * s.p_la + simaan_2009_c_s_mL_mmHg * s.p_s + simaan_2009_c_a_mL_mmHg * s.p_aa
