"""The next R-R interval: level and trend (Holt's double exponential smoothing), and how far beats stray from it.

    predicted = level + trend;   error e = rr - predicted;   level += 0.3*e (+ trend);   trend += 0.1*e
A single early or late beat (ectopy and its pause) counts at most 15 % of the level. `deviation` is the smoothed |e|; early
surprises count at once: what a beat came early by is remembered and forgotten over about ten beats. Ectopic beats count in neither.
"""

from libc.math cimport fabs, fmax, fmin

cdef enum:
    ECTOPIC_PCT = 18         # further from the prediction: not of this rhythm

cdef struct Interval:
    double rr_s              # last
    double before_s          # the one before
    double level_s
    double trend_s
    double deviation_s
    double spread_s          # the same with ectopic beats
    double early_s           # greatest recent surprise towards early
    int seen                 # intervals, at most 1000


cdef inline void interval_init(Interval* v) noexcept nogil:
    v.rr_s = v.before_s = v.level_s = 0.8
    v.trend_s = v.early_s = 0.0
    v.deviation_s = v.spread_s = 0.03
    v.seen = 0


cdef inline double interval_next_s(const Interval* v) noexcept nogil:
    """The interval expected to follow."""
    return fmin(fmax(v.level_s + v.trend_s, 0.2), 3.0)


cdef inline bint interval_irregular(const Interval* v) noexcept nogil:
    """So irregular (mean deviation above 9 % of the interval) that predicting the next R is of no use: fibrillation."""
    return v.seen > 4 and v.spread_s > 0.09 * v.level_s


cdef inline void interval_add(Interval* v, double rr_s) noexcept nogil:
    """Takes the interval that has just ended, s."""
    cdef double e, most
    v.before_s = v.rr_s
    v.rr_s = rr_s
    if rr_s > 3.0:
        v.rr_s = v.level_s           # a pause of the trigger, not of the heart
        return
    v.seen = v.seen + 1 if v.seen < 1000 else 1000
    if v.seen <= 3:
        v.level_s += (rr_s - v.level_s) / v.seen
        v.trend_s = 0.0
        return
    e = rr_s - interval_next_s(v)
    v.spread_s += 0.12 * (fmin(fabs(e), 0.5 * v.level_s) - v.spread_s)
    if fabs(e) < ECTOPIC_PCT * 0.01 * v.level_s:
        v.deviation_s += 0.12 * (fabs(e) - v.deviation_s)
        v.early_s = fmax(0.9 * v.early_s, -e)
    most = 0.15 * v.level_s
    e = fmin(fmax(e, -most), most)
    v.level_s += v.trend_s + 0.3 * e
    v.trend_s = 0.85 * v.trend_s + 0.1 * e
