"""The branches of the lower body, and what a catheter leaves of the leg that it goes through.

Viscera with kidneys, one leg, and the rest share the lower body's conductance and compliance: each branch has resistances and inertance
over its share and compliance times it, so that unobstructed the three together are the one lower body of the patient's numbers,
to the last wave. [shares: splanchnic 1.4 and renal 1.2 L/min of 4.0; 0.35 L/min a leg: textbook]

A catheter of d = Fr/3 mm in a femoral artery of D leaves an annulus: R(AB-LEG) times
    f(k)/2.5, at least 1,   f = 1/(1 - k^4 - (1 - k^2)^2/ln(1/k)),   k = d/D, at most 0.97
f is that of Poiseuille flow in a concentric annulus; lying at the wall, as catheters do, lets through up to 2.5 times as much
(White, Viscous Fluid Flow, annuli). Each leg takes one catheter: the largest of those fitted goes through this one.
"""

from libc.math cimport log


cdef inline double catheter_narrowing(double fr, double femoral_mm) noexcept nogil:
    """Factor on the resistance of the leg's artery; 1 without a catheter."""
    cdef double k = fr / (3.0 * femoral_mm), k2, factor
    if k <= 0.05:
        return 1.0
    if k > 0.97:
        k = 0.97
    k2 = k * k
    factor = 0.4 / (1.0 - k2 * k2 + (1.0 - k2) * (1.0 - k2) / log(k))
    return factor if factor > 1.0 else 1.0
