"""Closure of the aortic valve on the aortic pressure of one beat, found after the fact, where no balloon hides it.

A valve that shuts leaves a short spell of falling pressure (the blood's last backward step) between two of slower fall or rise:
    slope s(t): difference of two means of 10 ms side by side;    contrast k(t) = 1.5 s(t) - (min(s(t - 28 ms), 0) + s(t + 18 ms))/2
Closure is where k is least within 90 ms of the prediction (150 ms while nothing is learned), provided it is less than a third of the
usual one. On the virtual rig this finds the end of forward flow within 6 ms of bias and 2 to 3 ms of spread (docs/timing.md).
"""

from libc.math cimport fmax, fmin, isfinite

cdef enum:
    BOX_TICKS = 10
    BEFORE_TICKS = 28
    AFTER_TICKS = 18
    SLOPES = 47              # BEFORE_TICKS + 1 + AFTER_TICKS
    REACH_MS = 90
    WIDE_MS = 150
    NEAR_MS = 28             # beside a balloon: its swings in the aorta look like closures
    CLEAR_MS = 16            # a closure is believed this long before a balloon begins to move
    RECOVERS_PCT = 60            # behind a closure the fall is less than this share of what it was
    SEEN_LATE_US = 1000      # what is left of a good transducer's delay, as closure is found by the fall before the notch
    LEAST_CONTRAST_MMHG_S = 70   # 0.3 mmHg rms of noise leaves 22 mmHg/s rms

cdef struct Notch:
    double past[2 * BOX_TICKS]
    double slopes[SLOPES]
    int at
    int at_slope
    double near, far           # sums of the last 10 samples and of the 10 before
    bint started
    double period_s
    double least               # most negative contrast of this beat, mmHg/s
    double least_at_s          # when, after the R peak
    double usual               # usual least contrast, negative
    bint beyond                # a late balloon came before the closure: it lies later than predicted
    bint passed                # the least contrast is behind, a valley has been seen
    bint beside                # a balloon moved in this beat's ejection
    bint found                 # this beat is done with
    double until_s             # what lies after this is the balloon's, s after the R peak
    double seen_s              # last closure found, after its R peak; negative before the first


cdef inline void notch_init(Notch* n, double period_s) noexcept nogil:
    cdef int i
    for i in range(SLOPES):
        n.slopes[i] = 0.0
    n.started = False
    n.at = n.at_slope = 0
    n.near = n.far = 0.0
    n.period_s = period_s
    n.least = 0.0
    n.least_at_s = 0.0
    n.usual = -100.0
    n.beyond = n.beside = n.passed = False
    n.found = True
    n.until_s = 10.0
    n.seen_s = -1.0


cdef inline void notch_beat(Notch* n) noexcept nogil:
    """A new beat has begun."""
    n.found = n.beyond = n.beside = n.passed = False
    n.until_s = 10.0
    n.least = 0.0


cdef inline void _take(Notch* n, double x) noexcept nogil:
    cdef int i, middle = (n.at + BOX_TICKS) % (2 * BOX_TICKS)
    if not n.started:
        n.started = True
        for i in range(2 * BOX_TICKS):
            n.past[i] = x
        n.near = n.far = BOX_TICKS * x
    n.near += x - n.past[middle]
    n.far += n.past[middle] - n.past[n.at]
    n.past[n.at] = x
    n.at = n.at + 1 if n.at + 1 < 2 * BOX_TICKS else 0
    n.slopes[n.at_slope] = (n.near - n.far) / (BOX_TICKS * BOX_TICKS * n.period_s)
    n.at_slope = n.at_slope + 1 if n.at_slope + 1 < SLOPES else 0


cdef inline bint notch_step(
    Notch* n, double aop_mmHg, double since_r_s, double expected_s, double earliest_s, bint learned, bint balloon, double starts_s
) noexcept nogil:
    """Takes one sample of AoP. True: the closure has been found now.

    `earliest_s`: no valve shuts before. `learned`: the prediction rests on closures seen. `balloon`: told to fill (it starts to move `starts_s` later), full or emptying.
    """
    cdef double contrast, slope, after, centre_s, reach = REACH_MS * 1e-3 if learned else WIDE_MS * 1e-3
    cdef double late_s = (AFTER_TICKS + BOX_TICKS - 0.5) * n.period_s    # of the middle slope
    if not isfinite(aop_mmHg):
        n.found = True           # nothing can be learned of this beat
        n.started = False
        return False
    _take(n, aop_mmHg)
    if n.found:
        return False
    centre_s = since_r_s - late_s
    balloon = balloon and since_r_s > earliest_s - 0.01          # before that it is the last beat's, emptying
    n.beside = n.beside or balloon
    if n.beside:
        reach = NEAR_MS * 1e-3
    if balloon and n.until_s > since_r_s + starts_s and since_r_s > expected_s - reach - late_s:
        n.until_s = since_r_s + starts_s
    reach = fmin(reach, expected_s - earliest_s)     # the opening makes a valley as well
    if centre_s < expected_s - reach:
        return False
    if centre_s < fmin(expected_s + fmax(reach, NEAR_MS * 1e-3), n.until_s - CLEAR_MS * 1e-3):
        slope = n.slopes[(n.at_slope + BEFORE_TICKS) % SLOPES]
        after = n.slopes[(n.at_slope + SLOPES - 1) % SLOPES]
        contrast = 1.5 * slope - 0.5 * (fmin(n.slopes[n.at_slope], 0.0) + after)
        if after < RECOVERS_PCT * 0.01 * slope:
            contrast = 0.0           # a knee, where the pressure begins to fall for good, is no closure
        if contrast < n.least:
            n.least = contrast
            n.least_at_s = centre_s
            n.passed = False
        elif contrast > 0.9 * n.least and n.least < 0.6 * n.usual:
            n.passed = True          # a valley, and it is over
        return False
    n.found = True
    if n.least > -LEAST_CONTRAST_MMHG_S or n.least_at_s < expected_s - reach + 0.003:
        return False
    if n.beside and not n.passed:
        n.beyond = n.until_s > expected_s + 0.015 and n.least < 0.6 * n.usual
        return False
    if not n.beside:
        n.usual += 0.1 * (n.least - n.usual)
    if n.least > 0.33 * n.usual:
        return False
    n.seen_s = n.least_at_s - SEEN_LATE_US * 1e-6
    return True
