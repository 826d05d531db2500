"""Intra-aortic balloon and its drive.

    pressure reservoir -(valve)-\
                                 console line (dead volume) --R_gas, lumen of the catheter-- balloon in DA
    vacuum reservoir   -(valve)-/
Gas as in pneumatics.pxd: n_line = p_line*V_dead, n_balloon = p_b*V_b; valves are orifices, the lumen a laminar line.
Balloon: slack between V_low and nominal volume (p_b = P_DA), stiff beyond:
    p_b = P_DA + k_high*max(0, V_b - V_nom) - k_low*max(0, V_low - V_b)
It displaces blood: P_DA = (V_DA + V_b - Vu)/C + (theta/C)*d(V_DA + V_b)/dt + P_it with V_DA the blood. V_b at n + 1 is
solved for
together with P_DA, since both depend on each other at once: n_balloon = V_b*p_b(V_b) is a quadratic in V_b.
Inflated, it obstructs: R(AA-DA) / (1 - 0.8*V_b/50 mL)^4.
[design values: reservoir +250 and -100 mmHg gauge, R_gas 0.40 mmHg*s/mL, full in about 140 ms and empty in about 110 ms;
gas, leaks and lumen after the ISO 6358 form; clinical balloons fill 80-90 % of the aorta]
"""

from libc.math cimport sqrt
from cext.plant.pneumatics cimport Orifice, Reservoir, line_flow, orifice_flow, reservoir_step

cdef enum:
    ATMOSPHERE_mmHg = 760

ctypedef struct Balloon:
    bint fitted
    double nominal_mL
    double low_mL
    double k_high            # mmHg/mL
    double k_low
    double half_per_r        # 1/(2 R_gas)
    double dead_mL
    double per_dead
    double per_obstruct      # 0.8/50 mL: narrowing of the aorta per mL
    Orifice pressure_valve
    Orifice vacuum_valve
    Reservoir pressure
    Reservoir vacuum

ctypedef struct BalloonState:
    double n_line            # mmHg*mL
    double n_balloon
    double line_before       # flow in the lumen at n - 1
    double feed_before       # flow of the valves into the line at n - 1
    double open_pressure     # the openings of the last step
    double open_vacuum
    double v_before_mL       # V_b at n - 1
    double p_line            # absolute
    double p_balloon
    double p_pressure
    double p_vacuum
    double v_mL


cdef inline void balloon_gas(const Balloon* p, BalloonState* s, double open_pressure, double open_vacuum,
                             double dt) noexcept nogil:
    """Amounts of gas from n to n + 1, with the pressures at n."""
    cdef double into, out, feed, line
    into = orifice_flow(&p.pressure_valve, open_pressure, s.p_pressure, s.p_line)
    out = orifice_flow(&p.vacuum_valve, open_vacuum, s.p_line, s.p_vacuum)
    s.p_pressure = reservoir_step(&p.pressure, s.p_pressure, into, dt)
    s.p_vacuum = reservoir_step(&p.vacuum, s.p_vacuum, -out, dt)
    feed = into - out
    if open_pressure != s.open_pressure or open_vacuum != s.open_vacuum:
        s.feed_before = feed  # a valve has moved: what flowed before says nothing of what flows now
        s.open_pressure = open_pressure
        s.open_vacuum = open_vacuum
    line = line_flow(s.p_line, s.p_balloon, p.half_per_r)
    s.n_line += dt * (1.5 * feed - 0.5 * s.feed_before - 1.5 * line + 0.5 * s.line_before)
    s.n_balloon += dt * (1.5 * line - 0.5 * s.line_before)
    s.feed_before = feed
    s.line_before = line
    if s.n_balloon < 1.0:  # the lumen cannot take what is not there
        s.n_line -= 1.0 - s.n_balloon
        s.n_balloon = 1.0
    s.p_line = s.n_line * p.per_dead


cdef inline double balloon_root(double n, double p0, double c) noexcept nogil:
    """V > 0 with V*(p0 + c*V) = n."""
    return 2.0 * n / (p0 + sqrt(p0 * p0 + 4.0 * c * n))


cdef inline void balloon_volume(const Balloon* p, BalloonState* s, double p_da, double c) noexcept nogil:
    """V_b and p_b at n + 1 where P_DA = p_da + c*V_b (mmHg gauge, mmHg/mL)."""
    cdef double p0 = ATMOSPHERE_mmHg + p_da
    cdef double v = balloon_root(s.n_balloon, p0, c)
    if v > p.nominal_mL:
        v = balloon_root(s.n_balloon, p0 - p.k_high * p.nominal_mL, c + p.k_high)
    elif v < p.low_mL:
        v = balloon_root(s.n_balloon, p0 - p.k_low * p.low_mL, c + p.k_low)
    s.v_before_mL = s.v_mL
    s.v_mL = v
    s.p_balloon = s.n_balloon / v


cdef inline double balloon_narrowing(const Balloon* p, const BalloonState* s) noexcept nogil:
    """Factor on the resistance of the aorta beside the balloon; at most 10 000 (a balloon does not weld the aorta shut)."""
    cdef double left = 1.0 - p.per_obstruct * s.v_mL
    if left < 0.1:
        left = 0.1
    left *= left
    return 1.0 / (left * left)


cdef inline void balloon_start(const Balloon* p, BalloonState* s, double p_da) noexcept nogil:
    """Deflated: at V_low, the line at the balloon's pressure."""
    s.p_balloon = s.p_line = ATMOSPHERE_mmHg + p_da
    s.v_mL = s.v_before_mL = p.low_mL
    s.open_pressure = s.open_vacuum = 0.0
    s.n_balloon = s.p_balloon * s.v_mL
    s.n_line = s.p_line * p.dead_mL
    s.line_before = s.feed_before = 0.0
    s.p_pressure = p.pressure.set_mmHg
    s.p_vacuum = p.vacuum.set_mmHg
