"""Systolic upstroke of the arterial pressure: causal, O(1) a sample.

Two means of 8 ms side by side give a slope, and the pressure is measured from the lowest value since the last systolic peak.
A beat is a rise with enough height and slope, as shares of the usual pulse and the usual upstroke:
    near the closure of the valve (until 150 ms after it)    45 % and 45 %: the dicrotic wave is less
    later                                                    6 % and 8 %, at least 2 mmHg and 40 mmHg/s: a weak beat after ectopy still ejects
When beats are missing these shares fall. The foot is where the tangent of the upstroke meets the lowest pressure (intersecting
tangents: Chiu 1991, Am Heart J 121:1460). A balloon that moves makes upstrokes of its own: then nothing is looked for.
"""

from libc.math cimport exp, fmax, fmin, isfinite

cdef enum:
    SIDE_TICKS = 8
    LEARN_PRESSURE_MS = 2500   # pulse and slope of the first beats are learned this long
    REFRACTORY_UP_MS = 220
    LEAST_RISE_MMHG = 2
    LEAST_SLOPE_MMHG_S = 40    # 0.3 mmHg rms of noise leaves 19 mmHg/s rms in the slope
    GOOD_PULSE_MMHG = 6        # a smaller pulse is no trigger source
    DICROTIC_AFTER_MS = 150

cdef struct Upstroke:
    double past[2 * SIDE_TICKS]
    int at
    bint started
    double period_s
    double near, far           # sums of the last 8 samples and of the 8 before
    double low                 # lowest since the last systolic peak
    double high                # greatest since the last upstroke
    double steepest            # of this upstroke
    double pulse_mmHg          # usual rise
    double slope_mmHg_s        # usual steepest slope
    double learn_s
    double least, most         # while learning
    double since_s             # since the last foot
    double mean_s              # usual interval
    int regular                # plausible intervals in a row, at most 8
    bint rising                # between foot and peak


cdef inline void upstroke_init(Upstroke* u, double period_s) noexcept nogil:
    u.started = u.rising = False
    u.at = 0
    u.near = u.far = 0.0
    u.period_s = period_s
    u.low = u.least = 1e9
    u.high = u.most = -1e9
    u.steepest = 0.0
    u.pulse_mmHg = u.slope_mmHg_s = 0.0
    u.learn_s = LEARN_PRESSURE_MS * 1e-3
    u.since_s = 10.0
    u.mean_s = 0.8
    u.regular = 0


cdef inline bint upstroke_good(const Upstroke* u) noexcept nogil:
    """Pulses worth a trigger have come without a gap."""
    return u.regular >= 3 and u.since_s < fmax(2.2 * u.mean_s, 1.2) and u.pulse_mmHg > GOOD_PULSE_MMHG


cdef inline void _peaked(Upstroke* u, double value) noexcept nogil:
    """The systolic peak is over: learn the size of this beat, begin to look for the next foot."""
    cdef double rise = u.high - u.low
    u.rising = False
    if u.pulse_mmHg > 0.0:
        u.pulse_mmHg += 0.15 * (fmin(rise, 2.0 * u.pulse_mmHg) - u.pulse_mmHg)
        u.slope_mmHg_s += 0.15 * (fmin(u.steepest, 2.0 * u.slope_mmHg_s) - u.slope_mmHg_s)
    u.low = value


cdef inline double upstroke_step(Upstroke* u, double aop_mmHg, double systole_s, bint balloon) noexcept nogil:
    """Takes one sample. `systole_s`: expected time from foot to closure. `balloon`: it holds gas or moves.

    Returns how long ago the foot was, s, when a beat is found; negative otherwise.
    """
    cdef double value, slope, rise, share, need, ago
    cdef int i, middle
    if not isfinite(aop_mmHg):
        if u.started:
            upstroke_init(u, u.period_s)
        return -1.0
    if not u.started:
        u.started = True
        for i in range(2 * SIDE_TICKS):
            u.past[i] = aop_mmHg
        u.near = u.far = SIDE_TICKS * aop_mmHg
    middle = (u.at + SIDE_TICKS) % (2 * SIDE_TICKS)
    u.near += aop_mmHg - u.past[middle]
    u.far += u.past[middle] - u.past[u.at]
    u.past[u.at] = aop_mmHg
    u.at = (u.at + 1) % (2 * SIDE_TICKS)
    value = u.near / SIDE_TICKS
    slope = (u.near - u.far) / (SIDE_TICKS * SIDE_TICKS * u.period_s)
    u.since_s += u.period_s
    if u.learn_s > 0.0:
        u.learn_s -= u.period_s
        u.least = fmin(u.least, value)
        u.most = fmax(u.most, value)
        u.slope_mmHg_s = fmax(u.slope_mmHg_s, slope)
        u.pulse_mmHg = fmax(u.most - u.least, LEAST_RISE_MMHG)
        u.low = value
        return -1.0
    if u.rising:
        u.steepest = fmax(u.steepest, slope)
        u.high = fmax(u.high, value)
        if balloon or u.since_s > 0.35 or (slope < 0.0 and value < u.high - 0.1 * u.pulse_mmHg):
            _peaked(u, value)
        return -1.0
    if u.since_s > 2.0 * u.mean_s + 0.5:
        u.regular = 0
    if u.since_s > 2.0:                      # no beat for long: their size is forgotten
        u.pulse_mmHg = fmax(u.pulse_mmHg * (1.0 - u.period_s / 2.0), LEAST_RISE_MMHG)
        u.slope_mmHg_s = fmax(u.slope_mmHg_s * (1.0 - u.period_s / 2.0), 2.0 * LEAST_SLOPE_MMHG_S)
    if balloon or value < u.low:
        u.low = value
        return -1.0
    if slope < LEAST_SLOPE_MMHG_S or u.since_s < REFRACTORY_UP_MS * 1e-3:
        return -1.0
    rise = value - u.low
    share = 1.0 if u.since_s < 1.5 * u.mean_s else exp(-(u.since_s - 1.5 * u.mean_s))
    if u.since_s < systole_s + DICROTIC_AFTER_MS * 1e-3:
        need = 0.45
        share *= 0.45
    else:
        need = 0.06
        share *= 0.08
    if rise < fmax(need * u.pulse_mmHg, LEAST_RISE_MMHG) or slope < share * u.slope_mmHg_s:
        return -1.0
    ago = (SIDE_TICKS - 0.5) * u.period_s + fmax(0.5 * (u.near + u.far) / SIDE_TICKS - u.low, 0.0) / slope
    ago = fmin(ago, 0.1)
    if u.since_s - ago < 3.0:
        u.regular = u.regular + 1 if u.regular < 8 else 8
        u.mean_s += 0.2 * (u.since_s - ago - u.mean_s)
    u.since_s = ago
    u.rising = True
    u.steepest = slope
    u.high = value
    return ago
