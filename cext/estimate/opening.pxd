"""Opening of the aortic valve after the R peak: the last turning point of the aortic pressure before the systolic rise.

A balloon that empties leaves swings of its own in the aorta, so not the first rise counts but the last: turning points with a
hysteresis of 0.7 mmHg, looked at until 100 ms before the predicted closure. A balloon still emptying makes it seem late, never later
than its own end; deflation is planned before it, so the two settle at the true opening.
A longer diastole ends at a lower pressure, which the ventricle reaches sooner: while the interval grows, the opening is expected
earlier by EARLIER_MS_S for each second by which the interval exceeds those it was learned in (runoff of 1 s and some 400 mmHg/s at
opening, as in a failing ventricle at 45 mmHg: 45/1/400 = 0.11 s per s).
"""

from libc.math cimport fabs, fmax, fmin, isfinite

cdef enum:
    TURN_MMHG_1000 = 700    # 0.7 mmHg; 0.3 mmHg rms of noise leaves 0.07
    SMOOTH_TICKS = 10
    SWING_FROM_MS = 14       # the balloon's own swing turns this long after it is empty
    SWING_UNTIL_MS = 50
    UP_STEP_US = 6000
    DOWN_STEP_US = 3000
    FILLING_MMHG = 24        # end-diastolic pressures of failing ventricles reach 25 to 35 mmHg
    FILLING_BAND_MMHG = 10
    EARLIER_MS_S = 110

cdef struct Opening:
    double usual_s           # after the R peak
    double spread_s          # mean deviation
    double learned_at_s      # usual interval before the beats it was learned in
    double low_mmHg          # usual pressure there
    double turn_mmHg         # pressure of the last turning point upward
    double smooth
    double extreme
    double extreme_at_s
    double low_at_s          # last turning point upward of this beat; negative: none
    bint rising
    bint done


cdef inline void opening_init(Opening* o) noexcept nogil:
    o.usual_s = 0.085
    o.spread_s = 0.008
    o.learned_at_s = 0.8
    o.smooth = o.extreme = 0.0
    o.low_mmHg = o.turn_mmHg = 70.0
    o.extreme_at_s = 0.0
    o.low_at_s = -1.0
    o.rising = False
    o.done = True


cdef inline double opening_earliest_s(const Opening* o, double next_s) noexcept nogil:
    """What deflation has to reckon with after an interval of `next_s`. A pressure that falls to that of a filled ventricle opens the valve without any contraction."""
    cdef double share = fmin(fmax((o.low_mmHg - FILLING_MMHG) / FILLING_BAND_MMHG, 0.0), 1.0)
    cdef double earlier_s = EARLIER_MS_S * 1e-3 * fmin(fmax(next_s - o.learned_at_s, 0.0), 0.4)
    return 0.01 + share * fmax(o.usual_s - earlier_s - 2.0 * o.spread_s - 0.01, 0.02)


cdef inline void opening_beat(Opening* o, double since_r_s, double rr_s) noexcept nogil:
    """An R peak was found `since_r_s` ago, `rr_s` after the one before."""
    o.learned_at_s += 0.1 * (fmin(rr_s, 2.0) - o.learned_at_s)
    o.extreme = o.smooth
    o.extreme_at_s = since_r_s
    o.low_at_s = -1.0
    o.rising = o.done = False


cdef inline void opening_step(Opening* o, double aop_mmHg, double since_r_s, double until_s, double emptied_s, double period_s) noexcept nogil:
    """Takes one sample of AoP. `emptied_s`: when the balloon was empty, s after this R peak; -10: it has not moved."""
    cdef double seen
    if not isfinite(aop_mmHg):
        o.done = True
        return
    o.smooth += (aop_mmHg - o.smooth) / SMOOTH_TICKS
    if o.done:
        return
    if o.rising:
        if o.smooth > o.extreme:
            o.extreme = o.smooth
        elif o.smooth < o.extreme - TURN_MMHG_1000 * 1e-3:
            o.rising = False
            o.extreme = o.smooth
            o.extreme_at_s = since_r_s
    elif o.smooth < o.extreme:
        o.extreme = o.smooth
        o.extreme_at_s = since_r_s
    elif o.smooth > o.extreme + TURN_MMHG_1000 * 1e-3:
        o.rising = True
        o.low_at_s = o.extreme_at_s
        o.turn_mmHg = o.extreme
        o.extreme = o.smooth
    if since_r_s > until_s:
        o.done = True
        seen = o.low_at_s - 0.6 * SMOOTH_TICKS * period_s
        if o.low_at_s > 0.0:
            o.low_mmHg += (0.4 if o.turn_mmHg < o.low_mmHg else 0.02) * (o.turn_mmHg - o.low_mmHg)
        if SWING_FROM_MS * 1e-3 < seen - emptied_s < SWING_UNTIL_MS * 1e-3:
            pass                                       # the swing hides the opening
        elif o.low_at_s > 0.0 and seen > 0.03:
            # Towards the upper third: swings of an emptied balloon that are taken for the opening all lie before it.
            o.spread_s += 0.1 * (fmin(fabs(seen - o.usual_s), 0.012) - o.spread_s)
            o.usual_s += fmin(fmax(0.3 * (seen - o.usual_s), -DOWN_STEP_US * 1e-6), UP_STEP_US * 1e-6)
