"""Heart chamber: active linear and passive exponential pressure-volume relation.

    P = P_peri + P_act*(1 - k_R*Q_out)
    P_pas = A*(exp(B*(V - V0)) - 1)        mmHg, mL
    P_act = P_pas + e*(E_es*(V - V0) - P_pas)   where the line lies beyond the curve (further from 0);   else P_pas

Linear ESPVR, exponential EDPVR (form: Burkhoff; Ursino 1998, Am J Physiol 275:H1733). Muscle that is activated adds to what the wall
holds by itself, it never takes from it: without the second case a ventricle of next to no E_es, or an overfilled atrium, would lose
pressure in systole, and pump the better the weaker it is. k_R is the source resistance factor
(Ursino 1998: 3.75e-4 s/mL left, 1.4e-3 right); Q_out all flow that leaves the ventricle forward, through valve and pump.
Atria have none.
Septum: each ventricle feels a share of the other's P_act, P_act,RV + k_LR*P_act,LV and P_act,LV + k_RL*P_act,RV, k_LR 0.10-0.15,
k_RL 0.03-0.05 (Maughan, Sunagawa & Sagawa 1987, Am J Physiol 253:H1381; Santamore & Dell'Italia 1998, Prog Cardiovasc Dis 40:289).
"""

from libc.math cimport exp

ctypedef struct Chamber:
    double e_es    # mmHg/mL
    double v0      # mL
    double a       # mmHg
    double b       # 1/mL
    double k_r     # s/mL


cdef inline double chamber_pressure(const Chamber* p, double v, double e, double strength) noexcept nogil:
    """P_act: what the wall adds to the pressure around it, without outflow (mmHg). `strength` multiplies E_es."""
    cdef double x = v - p.v0, passive = p.a * (exp(p.b * x) - 1.0), adds = strength * p.e_es * x - passive
    return passive + e * adds if adds * x > 0.0 else passive
