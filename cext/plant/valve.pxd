"""Heart valve (Mynard et al. 2012, Int J Numer Meth Biomed Eng 28:626).

    upstream --[ A(zeta) ]-- downstream        dp = B*q|q| + L*dq/dt,  B = 3.975e-4/A^2,  L = 7.95e-4*l_eff/A
    A = (A_max - A_min)*zeta + A_min           mmHg, mL, s, cm, cm2; density 1.06 g/mL
    opening (dp > 0): dzeta/dt = (1 - zeta)*K_vo*dp;   closing (dp < 0): dzeta/dt = zeta*K_vc*dp

A_min is the effective regurgitant orifice area, A_max the effective orifice area (stenosis makes it small).
zeta and q live at half steps, dp at the whole step between. The exponential decay of zeta over a step, exp(-x), is replaced by
1/(1 + x + x^2/2): second order, positive and damped for any x. Under 1e-4 cm2 the orifice counts as shut (less than 0.05 mL/s).
A ventricle's source resistance R (chamber.pxd) enters here, since it falls with the outflow itself.
"""

from cext.plant.momentum cimport momentum_step

cdef enum:
    AV = 0
    MV = 1
    PV = 2
    TV = 3
    VALVES = 4

ctypedef struct Valve:
    double a_min          # cm2
    double a_span         # A_max - A_min, cm2
    double l_area_per_dt  # 7.95e-4*l_eff/dt
    double open_dt        # K_vo*dt, 1/mmHg
    double close_dt       # K_vc*dt, 1/mmHg


cdef inline double valve_opening(const Valve* p, double zeta, double dp) noexcept nogil:
    """zeta half a step after dp, from zeta half a step before."""
    cdef double x
    if dp > 0.0:
        x = p.open_dt * dp
        return 1.0 - (1.0 - zeta) / (1.0 + x * (1.0 + 0.5 * x))
    x = -p.close_dt * dp
    zeta = zeta / (1.0 + x * (1.0 + 0.5 * x))
    return zeta if zeta > 1e-9 else 1e-9  # shut is shut: no denormal numbers


cdef inline double valve_flow(const Valve* p, double zeta, double q, double dp, double source_r) noexcept nogil:
    """q half a step after dp (mL/s). dp without the part that source_r (mmHg*s/mL) takes; that acts on forward flow only."""
    cdef double area = p.a_span * zeta + p.a_min, per_area
    if area < 1e-4:
        return 0.0
    per_area = 1.0 / area
    return momentum_step(q, dp, p.l_area_per_dt * per_area, 0.5 * source_r if q > 0.0 else 0.0, 0.0,
                         3.975e-4 * per_area * per_area)


cdef inline void valve_set(Valve* p, double a_max, double a_min, double l_eff_cm, double k_open, double k_close,
                           double dt) noexcept nogil:
    # A leak larger than the orifice itself is an orifice that never shuts.
    p.a_min = a_min if a_min < a_max else a_max
    p.a_span = a_max - p.a_min
    p.l_area_per_dt = 7.95e-4 * l_eff_cm / dt
    p.open_dt = k_open * dt
    p.close_dt = k_close * dt
