"""Flow through a short tube with inertance, linear and quadratic loss, one implicit step.

    dp = B*q|q| + R*q + S*q + L*dq/dt

q lives at half steps (n - 1/2 -> n + 1/2), dp at the whole step n between them. R by the trapezoidal rule, B and
the stiff S implicit (Mynard et al. 2012 give the valve's form; explicit steps blow up where the orifice is small):
    (L/dt + R/2 + S)*q' + B*q'|q'| = dp + (L/dt - R/2)*q =: r
    q' = sgn(r)*2|r| / (b + sqrt(b^2 + 4B|r|)),   b = L/dt + R/2 + S
Units: mmHg, mL, s.
"""

from libc.math cimport fabs, sqrt


cdef inline double momentum_step(double q, double dp, double l_per_dt, double r_half, double stiff, double b_quadratic) noexcept nogil:
    cdef double r = dp + (l_per_dt - r_half) * q
    cdef double b = l_per_dt + r_half + stiff
    return 2.0 * r / (b + sqrt(b * b + 4.0 * b_quadratic * fabs(r)))
