"""Aortic valve closure and opening on the aortic pressure, learned on unassisted beats, predicted for the next.

Closure lies ahead when the inflation command must go, so it is predicted from the interval:  t = Q0 - Q1·HR + shift, with
the systolic time interval regression of Weissler 1968 (Circulation 37:149; QS2 = 546 - 2.1·HR ms from the Q wave, taken
40 ms before the R peak) and a shift learned from the notches seen. The notch is where the pressure slope, after its
steepest fall behind the systolic peak, has come back to a fifth of it.
"""

from libc.math cimport fmax, fmin, isfinite

cdef enum:
    SLOPE_TICKS = 8
    MOST_SHIFT_MS = 120      # a notch further from the regression is not believed

cdef struct Notch:
    double past[SLOPE_TICKS]   # last samples of AoP
    int at
    double period_s
    double steepest            # most negative slope of this beat, mmHg/s
    bint falling               # past the steepest fall
    bint found
    double shift_s             # learned difference from the regression
    double seen_s              # last notch found, after its R peak; negative before the first
    double foot_s              # pressure upstroke after the R peak, smoothed
    bint foot_found


cdef inline void notch_init(Notch* n, double period_s) noexcept nogil:
    cdef int i
    for i in range(SLOPE_TICKS):
        n.past[i] = 0.0
    n.at = 0
    n.period_s = period_s
    n.steepest = 0.0
    n.falling = False
    n.found = True
    n.shift_s = 0.0
    n.seen_s = -1.0
    n.foot_s = 0.085
    n.foot_found = True


cdef inline double closure_after_r_s(const Notch* n, double rr_s) noexcept nogil:
    """Predicted closure, s after the R peak, for a beat that follows an interval of `rr_s`."""
    return fmax(0.12, 0.506 - 0.0021 * 60.0 / fmax(rr_s, 0.3) + n.shift_s)


cdef inline void notch_step(Notch* n, double aop_mmHg, bint r_now, double since_r_s, double rr_s, bint unassisted) noexcept nogil:
    """Takes one sample of AoP. `unassisted`: the balloon has not moved since the R peak."""
    cdef double slope, expected
    if not isfinite(aop_mmHg):
        n.found = n.foot_found = True    # nothing can be learned of this beat
        return
    slope = (aop_mmHg - n.past[n.at]) / (SLOPE_TICKS * n.period_s)
    n.past[n.at] = aop_mmHg
    n.at = (n.at + 1) % SLOPE_TICKS
    if r_now:
        n.found = n.foot_found = False
        n.falling = False
        n.steepest = -100.0
        return
    if not n.foot_found and since_r_s < 0.25 and slope > 200.0:
        n.foot_found = True
        n.foot_s += 0.2 * (fmin(fmax(since_r_s - 0.5 * SLOPE_TICKS * n.period_s, 0.03), 0.2) - n.foot_s)
    if n.found or not unassisted:
        n.found = True
        return
    expected = closure_after_r_s(n, rr_s) - n.shift_s
    if since_r_s < expected - 0.12 or since_r_s > expected + 0.15:
        return
    if slope < n.steepest:
        n.steepest = slope
        n.falling = True
    elif n.falling and slope > 0.2 * n.steepest:
        n.found = True
        n.seen_s = since_r_s - 0.5 * SLOPE_TICKS * n.period_s
        n.shift_s += 0.25 * (fmin(fmax(n.seen_s - expected, -MOST_SHIFT_MS * 1e-3), MOST_SHIFT_MS * 1e-3) - n.shift_s)
