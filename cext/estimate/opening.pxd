"""Opening of the aortic valve after the R peak: the last turning point of the aortic pressure before the systolic rise.

Learned apart for beats after a balloon and for the others: a balloon that has emptied leaves a low pressure, which the ventricle
reaches up to 40 ms sooner; at 1:2 one value for both would keep gas in the way of every second ejection. The emptied balloon's own
swing turns 15 to 40 ms later and mostly hides that opening, whether the valve opens before or after it. Then
    opening = opening without a balloon - (pressure there - pressure at the swing's turn)/RISE_MMHG_S
A turn sooner after the balloon than its swing alone would make says that the valve opened before it was empty. A turning point in the upper part of the systolic rise is anacrotic (aortic stenosis), not the opening.

A balloon that empties leaves swings of its own in the aorta, so not the first rise counts but the last: turning points with a
hysteresis of 0.7 mmHg, looked at until 100 ms before the predicted closure. A balloon still emptying makes it seem late, never later
than its own end; deflation is planned before it, so the two settle at the true opening.
A longer diastole ends at a lower pressure, which the ventricle reaches sooner: while the interval grows, the opening is expected
earlier by EARLIER_MS_S for each second by which the interval exceeds those it was learned in (runoff of 1 s and some 350 mmHg/s at
opening, as in a failing ventricle at 45 mmHg: 45/1/350 = 0.13 s per s).
"""

from libc.math cimport fabs, fmax, fmin, isfinite

cdef enum:
    TURN_MMHG_1000 = 700    # 0.7 mmHg; 0.3 mmHg rms of noise leaves 0.07
    SMOOTH_TICKS = 10
    SWING_FROM_MS = 11       # the balloon's own swing turns this long after it is empty
    SWING_UNTIL_MS = 50
    UP_STEP_US = 6000
    DOWN_STEP_US = 3000
    FILLING_MMHG = 24        # end-diastolic pressures of failing ventricles reach 25 to 35 mmHg
    FILLING_BAND_MMHG = 10
    EARLIER_MS_S = 130
    SOONER_MS = 35
    AFTER_BALLOON_MS = 250   # a balloon empty for longer leaves the end-diastolic pressure as it would be without
    ANACROTIC_PCT = 45       # of the systolic rise
    FEW = 4                  # openings learned, until which steps are not held small
    RISE_MMHG_S = 600        # of the pressure in a failing ventricle before it ejects; a stronger one is early by less than is reckoned with

cdef struct Opening:
    double usual_s[2]        # after the R peak; of beats without, and after, a balloon
    double spread_s[2]       # mean deviation
    int learned[2]           # openings seen, at most 1000
    double at_mmHg[2]        # usual pressure there
    double top_mmHg          # greatest of this beat
    double systolic_mmHg     # usual top
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
    cdef int i
    for i in range(2):
        o.usual_s[i] = 0.085
        o.spread_s[i] = 0.008
        o.learned[i] = 0
        o.at_mmHg[i] = 70.0
    o.top_mmHg = -1000.0
    o.systolic_mmHg = 1000.0
    o.learned_at_s = 0.8
    o.smooth = o.extreme = 0.0
    o.low_mmHg = o.turn_mmHg = 70.0
    o.extreme_at_s = 0.0
    o.low_at_s = -1.0
    o.rising = False
    o.done = True


cdef inline double opening_after_balloon_s(const Opening* o) noexcept nogil:
    """The opening expected after a balloon has emptied, s after the R peak."""
    return o.usual_s[1] if o.learned[1] > 0 or o.learned[0] == 0 else o.usual_s[0] - SOONER_MS * 1e-3


cdef inline double opening_earliest_s(const Opening* o, double next_s) noexcept nogil:
    """What deflation has to reckon with after an interval of `next_s`. A pressure that falls to that of a filled ventricle opens the valve without any contraction."""
    cdef double share = fmin(fmax((o.low_mmHg - FILLING_MMHG) / FILLING_BAND_MMHG, 0.0), 1.0)
    cdef double earlier_s = EARLIER_MS_S * 1e-3 * fmin(fmax(next_s - o.learned_at_s, 0.0), 0.4)
    return 0.01 + share * fmax(opening_after_balloon_s(o) - earlier_s - 0.5 * o.spread_s[1 if o.learned[1] > 0 else 0] - 0.01, 0.02)


cdef inline void opening_beat(Opening* o, double since_r_s, double rr_s) noexcept nogil:
    """An R peak was found `since_r_s` ago, `rr_s` after the one before."""
    o.learned_at_s += 0.1 * (fmin(rr_s, 2.0) - o.learned_at_s)
    o.extreme = o.smooth
    o.extreme_at_s = since_r_s
    o.low_at_s = -1.0
    if o.top_mmHg > -1000.0:
        o.systolic_mmHg += (0.2 if o.systolic_mmHg < 1000.0 else 1.0) * (o.top_mmHg - o.systolic_mmHg)
    o.top_mmHg = -1000.0
    o.rising = o.done = False


cdef inline void _learn(Opening* o, int after, double seen_s, bint hidden) noexcept nogil:
    cdef bint few = o.learned[after] < FEW
    cdef double step
    if o.learned[after] == 0:
        o.usual_s[after] = opening_after_balloon_s(o) if after else o.usual_s[0]
        o.spread_s[after] = o.spread_s[0]
        o.at_mmHg[after] = o.turn_mmHg
    o.at_mmHg[after] += 0.2 * (o.turn_mmHg - o.at_mmHg[after])
    if hidden:
        if o.learned[0] == 0:
            return
        seen_s = o.usual_s[0] - fmax(o.at_mmHg[0] - o.at_mmHg[1], 0.0) / RISE_MMHG_S
        if not few and seen_s > o.usual_s[after]:
            return
    else:
        o.spread_s[after] += 0.1 * (fmin(fabs(seen_s - o.usual_s[after]), 0.012) - o.spread_s[after])
    # Towards the upper third: swings of an emptied balloon that are taken for the opening all lie before it.
    step = 0.3 * (seen_s - o.usual_s[after])
    if few:
        o.usual_s[after] += (seen_s - o.usual_s[after]) / (o.learned[after] + 1)
    else:
        o.usual_s[after] += fmin(fmax(step, -DOWN_STEP_US * 1e-6), UP_STEP_US * 1e-6)
    o.learned[after] = o.learned[after] + 1 if o.learned[after] < 1000 else 1000


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
        if o.low_at_s < 0.0 or o.extreme < o.turn_mmHg + ANACROTIC_PCT * 0.01 * (o.systolic_mmHg - o.turn_mmHg):
            o.low_at_s = o.extreme_at_s
            o.turn_mmHg = o.extreme
        o.extreme = o.smooth
    o.top_mmHg = fmax(o.top_mmHg, o.smooth)
    if since_r_s > until_s:
        o.done = True
        seen = o.low_at_s - 0.6 * SMOOTH_TICKS * period_s
        if o.low_at_s > 0.0:
            o.low_mmHg += (0.4 if o.turn_mmHg < o.low_mmHg else 0.02) * (o.turn_mmHg - o.low_mmHg)
        if o.low_at_s > 0.0 and seen > 0.03:
            _learn(o, 1 if emptied_s > -AFTER_BALLOON_MS * 1e-3 else 0, seen,
                   SWING_FROM_MS * 1e-3 < seen - emptied_s < SWING_UNTIL_MS * 1e-3)
