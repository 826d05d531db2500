"""Vessels: volume stores with wall viscosity, joined by resistances with or without inertance.

Store (Kelvin-Voigt):      P = (V - Vu)/C + (theta/C)*dV/dt + P_outside          theta 4 ms systemic arteries, 10 ms pulmonary
Segment with inertance:    L*dq/dt = P_up - P_down - R*q                          R by the trapezoidal rule
Segment without:           q = (P_up - P_down)/R
Units mmHg, mL, s. [constants: see settings/patient.toml]

Time: V and P live at whole steps n, q at n + 1/2 (leapfrog, second order). What is known at n only is carried half a step
forward by x(n + 1/2) = 1.5*x(n) - 0.5*x(n - 1), and dV/dt the same way back onto n + 1. Stable for rates below 1/dt; the bounds
of the settings keep R*C and theta/(C*L) there.
"""

from cext.plant.topology cimport RESISTIVE, VESSELS

ctypedef struct Vessels:
    double per_c[VESSELS]        # 1/C, mmHg/mL
    double vu[VESSELS]           # unstressed volume, mL
    double visc[VESSELS]         # theta/C, mmHg*s/mL
    double in_chest[VESSELS]     # 1: P_it is outside, 0: the atmosphere is

ctypedef struct Segment:
    double keep                  # (L/dt - R/2) / (L/dt + R/2)
    double give                  # 1 / (L/dt + R/2)
    double l_per_dt
    double r_half


cdef inline void segment_set(Segment* p, double inertance, double resistance, double dt) noexcept nogil:
    p.l_per_dt = inertance / dt
    p.r_half = 0.5 * resistance
    p.give = 1.0 / (p.l_per_dt + p.r_half)
    p.keep = (p.l_per_dt - p.r_half) * p.give


cdef inline double segment_flow(const Segment* p, double q, double dp) noexcept nogil:
    return p.keep * q + p.give * dp


cdef inline double segment_flow_narrowed(const Segment* p, double q, double dp, double factor, double more) noexcept nogil:
    """With R*factor + more in place of R."""
    cdef double half = p.r_half * factor + 0.5 * more
    return ((p.l_per_dt - half) * q + dp) / (p.l_per_dt + half)


cdef inline void resistive_flows(double* q, double* now, const double* conductance, const double* dp) noexcept nogil:
    """All segments without inertance: q at n + 1/2, from the drops at n and the flows `now` that were at n - 1."""
    cdef int i
    cdef double flow
    for i in range(RESISTIVE):
        flow = conductance[i] * dp[i]
        q[i] = 1.5 * flow - 0.5 * now[i]
        now[i] = flow


cdef inline void vessel_pressures(const Vessels* p, double* v, double* pressure, const double* net, double* before,
                                  double p_it, double dt) noexcept nogil:
    """Volumes and pressures at n + 1 from the net inflows at n + 1/2 and those half a step before n."""
    cdef int i
    for i in range(VESSELS):
        v[i] += dt * net[i]
        pressure[i] = ((v[i] - p.vu[i]) * p.per_c[i] + p.visc[i] * (1.5 * net[i] - 0.5 * before[i])
                       + p.in_chest[i] * p_it)
        before[i] = net[i]
