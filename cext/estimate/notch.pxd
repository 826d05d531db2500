"""Aortic valve closure and opening on the aortic pressure, learned on unassisted beats, predicted for the next.

Closure lies ahead when the inflation command must go, so it is predicted from the interval:  t = Q0 - Q1·HR + shift, with
the systolic time interval regression of Weissler 1968 (Circulation 37:149; QS2 = 546 - 2.1·HR ms from the Q wave, taken
40 ms before the R peak) and a shift learned from the notches seen. The valve shuts where the pressure falls steepest behind the
systolic peak: the slope's minimum counts once it reaches 60 % of the usual one and the slope has come back to a fifth of it.
Opening is taken from the steepest rise, which follows it by some 25 ms.
"""

from libc.math cimport fmax, fmin, isfinite

cdef enum:
    SLOPE_TICKS = 12
    LEAST_RISE_MMHG_S = 50
    LEAST_EJECTION_MS = 80   # no valve shuts sooner after the upstroke
    ENOUGH = 4               # notches, before the prediction is relied on
    MOST_SHIFT_MS = 120      # a notch further from the regression is not believed

cdef struct Notch:
    double past[SLOPE_TICKS]   # last samples of AoP
    int at
    double period_s
    double steepest            # most negative slope of this beat so far, mmHg/s, until the notch is found
    double steepest_fall       # the same to the end of the window
    int falls                  # beats that the usual fall is learned from, counted up to ENOUGH
    double steepest_at_s       # when, after the R peak
    double fall_mmHg_s         # usual steepest fall behind the peak, negative
    bint found
    double shift_s             # learned difference from the regression
    double seen_s              # last notch found, after its R peak; negative before the first
    int seen                   # notches found so far, counted up to ENOUGH
    double upstroke_s          # usual steepest rise after the R peak: ejection has just begun
    double steepest_rise       # of this beat, mmHg/s
    double rise_at_s           # when


cdef inline void notch_init(Notch* n, double period_s) noexcept nogil:
    cdef int i
    for i in range(SLOPE_TICKS):
        n.past[i] = 0.0
    n.at = 0
    n.period_s = period_s
    n.steepest = n.steepest_fall = 0.0
    n.falls = 0
    n.steepest_at_s = 0.0
    n.fall_mmHg_s = -100.0
    n.found = True
    n.shift_s = 0.0
    n.seen_s = -1.0
    n.seen = 0
    n.upstroke_s = 0.15
    n.steepest_rise = 0.0
    n.rise_at_s = 0.0


cdef inline double closure_after_r_s(const Notch* n, double rr_s) noexcept nogil:
    """Predicted closure, s after the R peak, for a beat that follows an interval of `rr_s`."""
    return fmax(0.12, 0.506 - 0.0021 * 60.0 / fmax(rr_s, 0.3) + n.shift_s)


cdef inline void notch_step(Notch* n, double aop_mmHg, bint r_now, double since_r_s, double rr_s, bint unassisted) noexcept nogil:
    """Takes one sample of AoP. `unassisted`: the balloon has not moved since the R peak."""
    cdef double slope, expected, gain
    if not isfinite(aop_mmHg):
        n.found = True                   # nothing can be learned of this beat
        n.past[n.at] = aop_mmHg          # a gap in the pressure is a gap in its slope
        n.at = (n.at + 1) % SLOPE_TICKS
        return
    slope = (aop_mmHg - n.past[n.at]) / (SLOPE_TICKS * n.period_s)
    n.past[n.at] = aop_mmHg
    n.at = (n.at + 1) % SLOPE_TICKS
    if not isfinite(slope):
        n.found = True
        return
    if r_now:
        n.found = False
        if n.steepest_fall < -50.0:
            n.falls += n.falls < ENOUGH
            n.fall_mmHg_s += fmax(0.2, 1.0 / n.falls) * (n.steepest_fall - n.fall_mmHg_s)
        n.steepest = n.steepest_fall = 0.0
        if n.steepest_rise > LEAST_RISE_MMHG_S:
            n.upstroke_s += 0.2 * (n.rise_at_s - n.upstroke_s)
        n.steepest_rise = 0.0
        return
    if unassisted and 0.05 < since_r_s < 0.25 and slope > n.steepest_rise:
        n.steepest_rise = slope
        n.rise_at_s = since_r_s - 0.5 * SLOPE_TICKS * n.period_s
    if not unassisted:
        n.found = True
        return
    expected = closure_after_r_s(n, rr_s) - n.shift_s
    if since_r_s < expected - 0.12 or since_r_s > expected + 0.15:
        return
    if n.steepest_rise < LEAST_RISE_MMHG_S or since_r_s < n.rise_at_s + LEAST_EJECTION_MS * 1e-3:
        return    # the pressure has not risen yet: what falls is still the diastole before, at high rates well within the window
    n.steepest_fall = fmin(n.steepest_fall, slope)
    if n.found or n.falls == 0:
        return    # before the first beat is over nobody knows what a steep fall is here
    if slope < n.steepest:
        n.steepest = slope
        n.steepest_at_s = since_r_s
    elif n.steepest < 0.6 * n.fall_mmHg_s and slope > 0.2 * n.steepest:
        n.found = True
        n.seen_s = n.steepest_at_s - 0.5 * SLOPE_TICKS * n.period_s
        # quick at first: the interval, too, is still being learned then
        gain = 0.25 if n.seen >= ENOUGH else 0.5 if n.seen else 1.0
        n.shift_s += gain * (fmin(fmax(n.seen_s - expected, -MOST_SHIFT_MS * 1e-3), MOST_SHIFT_MS * 1e-3) - n.shift_s)
        n.seen += n.seen < ENOUGH
