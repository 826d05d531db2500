"""The P wave as a warning of the next R: the only one a causal console has of a sinus beat that comes early.

Hump of either sign in the band of the P wave (second order, 8 Hz, Q 0.7), looked for after the T wave (0.45*sqrt(RR)) only.
What preceded the last R waves by 80 to 260 ms with a steady distance and size is the P wave; it is believed when it did so in three
beats of four, without other humps as large. Believed, a hump of 60 % of the usual size announces R at its top plus that distance.
"""

from libc.math cimport M_PI, cos, fabs, fmax, fmin, sin, sqrt

cdef enum:
    LEAST_HUMP_uV = 10

cdef struct PWave:
    double b0, a1, a2
    double x1, x2, y1, y2
    double period_s
    double top               # of the hump followed, |y|
    double top_sign
    double top_age_s
    bint passed              # its top has been counted
    double size              # usual top, mV, with its sign
    double distance_s        # usual top to R
    double reliability       # 0..1: share of beats that the first hump announced
    double first_age_s       # since the first hump of this beat that was large enough; negative: none yet
    double new_top           # the last hump, signed; a QRS until it is 80 ms old
    double new_age_s
    double last_top          # the hump before R, signed; 0: none
    double last_age_s


cdef inline void p_wave_init(PWave* p, double period_s) noexcept nogil:
    cdef double w = 2.0 * M_PI * 8.0 * period_s
    cdef double alpha = sin(w) / (2.0 * 0.7)
    p.b0 = alpha / (1.0 + alpha)
    p.a1 = -2.0 * cos(w) / (1.0 + alpha)
    p.a2 = (1.0 - alpha) / (1.0 + alpha)
    p.x1 = p.x2 = p.y1 = p.y2 = 0.0
    p.period_s = period_s
    p.top = p.top_sign = p.top_age_s = 0.0
    p.passed = False
    p.size = 0.0
    p.distance_s = 0.16
    p.reliability = 0.0
    p.first_age_s = -1.0
    p.last_top = p.last_age_s = p.new_top = p.new_age_s = 0.0


cdef inline void p_wave_beat(PWave* p, double ago_s) noexcept nogil:
    """An R wave was found, its peak `ago_s` ago: did the P wave announce it?"""
    cdef double distance = p.last_age_s - ago_s
    cdef bint steady = p.last_top != 0.0 and 0.08 < distance < 0.26
    cdef bint announced = p.first_age_s >= 0.0 and fabs(p.first_age_s - ago_s - p.distance_s) < 0.025
    p.reliability += 0.2 * ((1.0 if announced else 0.0) - p.reliability)
    if steady:
        if p.reliability < 0.3 or fabs(distance - p.distance_s) < 0.04:
            p.distance_s += 0.2 * (distance - p.distance_s)
            p.size += 0.2 * (p.last_top - p.size)
    p.first_age_s = -1.0
    p.last_top = p.new_top = 0.0


cdef inline void _hump(PWave* p) noexcept nogil:
    if p.top < LEAST_HUMP_uV * 1e-3:
        return
    if p.top > fabs(p.new_top):
        p.new_top = p.top * p.top_sign
        p.new_age_s = p.top_age_s
    if p.first_age_s < 0.0 and p.top > 0.6 * fabs(p.size) and p.top_sign * p.size > 0.0:
        p.first_age_s = p.top_age_s


cdef inline bint p_wave_believed(const PWave* p) noexcept nogil:
    return p.reliability > 0.7


cdef inline bint p_wave_sure(const PWave* p) noexcept nogil:
    """It has announced every one of the last ten beats or so."""
    return p.reliability > 0.88


cdef inline double p_wave_step(PWave* p, double x, double since_r_s, double rr_s) noexcept nogil:
    """Takes one sample of the ECG without spikes. Returns the time until the announced R, s; 10 when none is announced."""
    cdef double y = p.b0 * (x - p.x2) - p.a1 * p.y1 - p.a2 * p.y2, e
    p.x2 = p.x1
    p.x1 = x
    p.y2 = p.y1
    p.y1 = y
    e = fabs(y)
    p.last_age_s += p.period_s
    p.new_age_s += p.period_s
    if p.new_top != 0.0 and p.new_age_s > 0.08:
        if fabs(p.new_top) > fabs(p.last_top) or p.last_age_s > 0.26:
            p.last_top = p.new_top
            p.last_age_s = p.new_age_s
        p.new_top = 0.0
    if p.first_age_s >= 0.0:
        p.first_age_s += p.period_s
    if since_r_s < 0.45 * sqrt(rr_s):
        p.top = e                            # what is under way is the T wave
        p.passed = True
    elif e > p.top:
        p.top = e
        p.top_sign = 1.0 if y > 0.0 else -1.0
        p.top_age_s = 0.0
        p.passed = False
    else:
        p.top_age_s += p.period_s
        if e < 0.85 * p.top and not p.passed:
            p.passed = True                  # over its top: a hump
            _hump(p)
        if e < 0.3 * p.top:
            p.top = e
            p.passed = False
            p.top_age_s = 0.0
    if p.first_age_s >= 0.0 and p_wave_believed(p):
        return fmax(p.distance_s - p.first_age_s, 0.0)
    return 10.0
