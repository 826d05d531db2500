"""Flow through a short tube with inertance, linear and quadratic loss, one implicit step.

    dp = B*q|q| + R*q + S*q + L*dq/dt

q lives at half steps (n - 1/2 -> n + 1/2), dp at the whole step n between them. R by the trapezoidal rule, the stiff S
implicit, and
q|q| as |q|*q', the product of the flows before and after: centred at n too, so second order, and linear in q':
    q' = (dp + (L/dt - R/2)*q) / (L/dt + R/2 + S + B|q|)
Damped for any step; it turns to oscillation where B|q|*dt/L nears 1, which for a valve is 0.5*v*dt/l (v velocity in the
orifice, l its
effective length): 0.24 at 300 mmHg and 1 ms, whatever the area. Explicit steps blow up where the orifice is small.
(Mynard et al. 2012 give the equation.) Units: mmHg, mL, s.
"""

from libc.math cimport fabs


cdef inline double momentum_step(double q, double dp, double l_per_dt, double r_half, double stiff,
                                 double b_quadratic) noexcept nogil:
    return (dp + (l_per_dt - r_half) * q) / (l_per_dt + r_half + stiff + b_quadratic * fabs(q))
