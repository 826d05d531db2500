"""Gas through valves (ISO 6358-1) and through a long narrow tube, and a reservoir that a regulator keeps.

Amounts of gas are pV at body or room temperature, in mmHg*mL (isothermal); flows of gas in mmHg*mL/s. Pressures absolute.
Orifice:    G = u*K*p1*psi(p2/p1), p1 upstream;  psi = 1 for r <= b (choked), else sqrt(1 - ((r - b)/(1 - b))^2)
            K = 1000*C*f mL/s: C in dm3/(s*bar) for air, f = 2.85 for helium (choked volume flow against air), 0.79 for CO2
            Over r = 0.98 the root would be infinitely steep: there psi falls in a straight line to 0 at r = 1 (small
            differences
            are laminar, as the standard says).
Lumen:      p1 - p2 = (R*F*Q + B*Q^2)/a, G = Q*(p1 + p2)/2, Q volume flow at mean pressure, R laminar (F: by how much thicker
            what is in it is than gas; the gases themselves differ by a third), B turbulent: as the density, so 1/f^2 of air's; a share
            of the bore's fourth power that is open (kink)
Reservoir:  dp/dt = (p_set - p)/tau - G_out/V
"""

from libc.math cimport fabs, sqrt

ctypedef struct Orifice:
    double k          # mL/s
    double b          # critical pressure ratio
    double per_1_b    # 1/(1 - b)
    double slope      # psi(0.98)/0.02
    double linear     # 0.98

ctypedef struct Lumen:
    double laminar    # mmHg*s/mL
    double turbulent  # mmHg*s2/mL2
    double open_share # of the bore to the fourth power

ctypedef struct Reservoir:
    double set_mmHg   # absolute
    double per_tau    # 1/s
    double per_volume # 1/mL


cdef inline void orifice_set(Orifice* p, double conductance_dm3_s_bar, double gas_factor, double b) noexcept nogil:
    cdef double x = (0.98 - b) / (1.0 - b)
    p.k = 1000.0 * conductance_dm3_s_bar * gas_factor
    p.b = b
    p.per_1_b = 1.0 / (1.0 - b)
    p.linear = 0.98
    p.slope = sqrt(1.0 - x * x) / 0.02


cdef inline double orifice_flow(const Orifice* p, double opening, double p_from, double p_to) noexcept nogil:
    """Gas from `p_from` to `p_to`, negative when it goes back."""
    cdef double high = p_from, low = p_to, r, psi, x
    if opening <= 0.0:
        return 0.0
    if p_to > p_from:
        high = p_to
        low = p_from
    r = low / high
    if r <= p.b:
        psi = 1.0
    elif r >= p.linear:
        psi = p.slope * (1.0 - r)
    else:
        x = (r - p.b) * p.per_1_b
        psi = sqrt(1.0 - x * x)
    psi *= opening * p.k * high
    return psi if p_from >= p_to else -psi


cdef inline double lumen_flow(const Lumen* p, double p_from, double p_to, double thicker) noexcept nogil:
    """Gas from `p_from` to `p_to`, mmHg*mL/s."""
    cdef double dp = p_from - p_to, r = p.laminar * thicker, q
    q = 2.0 * p.open_share * fabs(dp) / (r + sqrt(r * r + 4.0 * p.turbulent * p.open_share * fabs(dp)))
    return (q if dp >= 0.0 else -q) * 0.5 * (p_from + p_to)


cdef inline double reservoir_step(const Reservoir* p, double pressure, double outflow, double dt) noexcept nogil:
    return pressure + dt * ((p.set_mmHg - pressure) * p.per_tau - outflow * p.per_volume)
