"""Baroreflex: arterial pressure to resistance, venous volume, contractility and heart period.

    carotid pressure  tau_p*dP/dt = P_cs + tau_z*dP_cs/dt - P,  tau_p 2.076 s, tau_z 6.37 s
    afferent     f_cs = (2.52 + 47.78*e^x)/(1 + e^x),  x = (P - set point)/11.758
    sympathetic  f_es = 2.1 + 14.01*exp(-0.0675*f_cs);   vagal  f_ev = (3.2 + 6.3*e^y)/(1 + e^y),  y = (f_cs - 25)/7.06
    effector     theta = theta0 + d,  tau*dd/dt = G*ln(max(f_es(t - D) - 2.66, 0) + 1) - d      (vagal G*f_ev(t - D))

(Ursino 1998, Am J Physiol 275:H1733; theta0, G, D, tau below.) Only ratios theta/theta(set point) leave here, to multiply the
patient's own parameters: at the set point all are 1. The set point is the patient's own mean pressure at rest
(`reflex_setpoint_mmHg`). P_cs is that mean, smoothed by two lags of 0.4 s: the pulse, tripled by the lead, would otherwise
work on both ends of the sigmoid. `gain` blunts all arms (failure); a beta-blocker takes up to 60 % of the arms of
contractility and of the sympathetic period.
Fast part every step, effectors every 10 ms or so (forward Euler; their time constants are 1.5 s and more).
"""

from libc.math cimport exp, log

cdef enum:
    REFLEX_LINE = 512

ctypedef struct Reflex:
    bint on
    double setpoint
    double gain
    double blocked          # share of the beta arms that is taken away
    double smooth           # dt/0.4 s
    double follow           # dt/tau_p
    double slow_s           # period of the slow part
    int wait_2s             # delays in slow periods
    int wait_5s

ctypedef struct ReflexState:
    double p1
    double p2
    double lag
    double d[6]             # R extra, R splanchnic, Vu extra, Vu splanchnic, E LV, E RV: less their value at the set point
    double d_sympathetic    # s
    double d_vagal
    int at
    double line[REFLEX_LINE]    # ln(max(f_es - 2.66, 0) + 1) of the last slow periods
    double resistance       # the ratios
    double vu               # of the unstressed volume of the systemic veins
    double e_lv
    double e_rv
    double period


cdef inline double reflex_sympathetic(double f_cs) noexcept nogil:
    cdef double f_es = 2.1 + 14.01 * exp(-0.0675 * f_cs)
    return log(f_es - 2.66 + 1.0) if f_es > 2.66 else 0.0


cdef inline double reflex_vagal(double f_cs) noexcept nogil:
    cdef double e = exp((f_cs - 25.0) / 7.06)
    return (3.2 + 6.3 * e) / (1.0 + e)


cdef inline void reflex_set(Reflex* p, bint on, double setpoint, double gain, double betablocker, double dt, int every) noexcept nogil:
    p.on = on
    p.setpoint = setpoint
    p.gain = gain
    p.blocked = 0.6 * betablocker
    p.smooth = dt / 0.4
    p.follow = dt / 2.076
    p.slow_s = every * dt
    p.wait_2s = <int>(2.0 / p.slow_s + 0.5)
    p.wait_5s = <int>(5.0 / p.slow_s + 0.5)
    if p.wait_5s >= REFLEX_LINE:
        p.wait_5s = REFLEX_LINE - 1


cdef inline void reflex_start(const Reflex* p, ReflexState* s, double pressure) noexcept nogil:
    """At rest at the set point, listening to `pressure` from now on."""
    cdef int i
    s.p1 = s.p2 = s.lag = pressure
    for i in range(6):
        s.d[i] = 0.0
    s.d_sympathetic = s.d_vagal = 0.0
    for i in range(REFLEX_LINE):
        s.line[i] = reflex_sympathetic(25.15)
    s.at = 0
    s.resistance = s.vu = s.e_lv = s.e_rv = s.period = 1.0


cdef inline void reflex_listen(const Reflex* p, ReflexState* s, double pressure) noexcept nogil:
    """Every step."""
    s.p1 += p.smooth * (pressure - s.p1)
    s.p2 += p.smooth * (s.p1 - s.p2)
    s.lag += p.follow * (s.p2 - s.lag)


cdef inline void reflex_effect(const Reflex* p, ReflexState* s) noexcept nogil:
    """Every slow period. Off, the effectors go back to rest at their own pace."""
    cdef double rest = reflex_sympathetic(25.15), vagal_rest = reflex_vagal(25.15), h = p.slow_s
    cdef double heard, x, f_cs, early, late, vagal, beta = p.gain * (1.0 - p.blocked), r_extra, r_splanchnic
    heard = (6.37 / 2.076) * s.p2 + (1.0 - 6.37 / 2.076) * s.lag
    x = (heard - p.setpoint) / 11.758
    x = -50.0 if x < -50.0 else (50.0 if x > 50.0 else x)
    x = exp(x)
    f_cs = (2.52 + 47.78 * x) / (1.0 + x)
    s.at = (s.at + 1) & (REFLEX_LINE - 1)
    s.line[s.at] = reflex_sympathetic(f_cs)
    early = late = vagal = 0.0
    if p.on:
        early = s.line[(s.at - p.wait_2s) & (REFLEX_LINE - 1)] - rest
        late = s.line[(s.at - p.wait_5s) & (REFLEX_LINE - 1)] - rest
        vagal = p.gain * (reflex_vagal(f_cs) - vagal_rest)
    s.d[0] += h / 6.0 * (p.gain * 0.53 * early - s.d[0])
    s.d[1] += h / 6.0 * (p.gain * 0.695 * early - s.d[1])
    s.d[2] += h / 20.0 * (p.gain * -132.5 * late - s.d[2])
    s.d[3] += h / 20.0 * (p.gain * -265.4 * late - s.d[3])
    s.d[4] += h / 8.0 * (beta * 0.475 * early - s.d[4])
    s.d[5] += h / 8.0 * (beta * 0.282 * early - s.d[5])
    s.d_sympathetic += h / 2.0 * (beta * -0.13 * early - s.d_sympathetic)
    s.d_vagal += h / 1.5 * (0.09 * vagal - s.d_vagal)
    # Values at the set point: theta0 + G*rest. The two beds lie in parallel.
    r_extra = 0.78 + 0.53 * rest
    r_splanchnic = 2.49 + 0.695 * rest
    s.resistance = (1.0 / r_extra + 1.0 / r_splanchnic) / (1.0 / (r_extra + s.d[0]) + 1.0 / (r_splanchnic + s.d[1]))
    s.vu = 1.0 + (s.d[2] + s.d[3]) / (1537.0 + 1435.4 - (132.5 + 265.4) * rest)
    s.e_lv = 1.0 + s.d[4] / (2.392 + 0.475 * rest)
    s.e_rv = 1.0 + s.d[5] / (1.412 + 0.282 * rest)
    s.period = 1.0 + (s.d_sympathetic + s.d_vagal) / (0.58 - 0.13 * rest + 0.09 * vagal_rest)
