"""Aortic valve closure after the R peak, predicted from the two intervals before the beat; learned beat by beat.

    t = w0 + w1*(rr - 0.8) + w2*(before - 0.8)           s;  rr ended with this beat's R, `before` the interval before that
Systole is longer after a long interval: first guess w1 = 0.17, the slope of Weissler 1968 (Circulation 37:149; QS2 = 546 - 2.1*HR ms
from the Q wave, 40 ms before the R peak), w0 = 0.348 from the same. Weights follow the closures seen by recursive least squares
with forgetting; a closure further than MOST_MS from the prediction counts as MOST_MS away (an artefact moves little).
"""

from libc.math cimport fabs, fmax, fmin

cdef enum:
    USUAL_MS = 348           # Weissler at an interval of 0.8 s
    USUAL_SLOPE_PCT = 17
    PLAUSIBLE_MS = 80        # no heart is further from it
    MOST_MS = 60
    SURPRISE_MS = 12
    LEANS_US = 2000          # looks that find the closure on one side, twice running, by more than this: support has moved it
    NOISE_US = 6000          # of one closure seen
    NOISE_BESIDE_US = 8000   # of one seen just before a balloon moved
    FORGET_PER_1000 = 975
    BEYOND_STEP_US = 3000

cdef struct Closure:
    double w[3]
    double p[3][3]           # covariance
    int learned              # closures taken, at most 1000
    double error_s           # last: seen less predicted
    double drift_s           # what beats with a balloon have moved the prediction by since one without
    int surprised            # closures far off on the same side in a row, signed; only of beats without a balloon
    int leans                # looks in a row that found it on the same side, signed
    int clean                # closures taken from beats without, at most 1000
    int beyond               # looks that found the closure no earlier than the balloon, at most 1000


cdef inline void closure_init(Closure* c) noexcept nogil:
    cdef int i, j
    for i in range(3):
        for j in range(3):
            c.p[i][j] = 0.0
    c.w[0] = USUAL_MS * 1e-3
    c.w[1] = USUAL_SLOPE_PCT * 0.01
    c.w[2] = 0.0
    c.p[0][0] = 0.05 * 0.05
    c.p[1][1] = 0.05 * 0.05
    c.p[2][2] = 0.02 * 0.02
    c.learned = 0
    c.error_s = c.drift_s = 0.0
    c.clean = c.surprised = c.beyond = c.leans = 0


cdef inline double _clamped(double rr_s) noexcept nogil:
    return fmin(fmax(rr_s, 0.3), 1.6) - 0.8


cdef inline double closure_after_r_s(const Closure* c, double rr_s, double before_s) noexcept nogil:
    """Predicted closure, s after the R peak that ended the interval `rr_s`."""
    cdef double usual = USUAL_MS * 1e-3 + USUAL_SLOPE_PCT * 0.01 * _clamped(rr_s)
    cdef double t = c.w[0] + c.w[1] * _clamped(rr_s) + c.w[2] * _clamped(before_s)
    return fmin(fmax(t, usual - PLAUSIBLE_MS * 1e-3), usual + PLAUSIBLE_MS * 1e-3)


cdef inline void closure_learn(Closure* c, double seen_s, double rr_s, double before_s, bint beside) noexcept nogil:
    """Takes a closure seen, s after its R peak. `beside`: in a beat in which a balloon moved."""
    cdef double x[3]
    cdef double k[3]
    cdef double e, s, moved = 0.0
    cdef int i, j
    x[0] = 1.0
    x[1] = _clamped(rr_s)
    x[2] = _clamped(before_s)
    e = seen_s - closure_after_r_s(c, rr_s, before_s)
    c.error_s = e
    if not beside and c.learned >= 3:
        if e > SURPRISE_MS * 1e-3:
            c.surprised = c.surprised + 1 if c.surprised > 0 else 1
        elif e < -SURPRISE_MS * 1e-3:
            c.surprised = c.surprised - 1 if c.surprised < 0 else -1
        else:
            c.surprised = 0
        if c.surprised > 1 or c.surprised < -1:
            c.p[0][0] += 0.02 * 0.02     # twice the same: what was learned holds no longer
            c.p[1][1] += 0.03 * 0.03
    if beside:
        if e > LEANS_US * 1e-6:
            c.leans = c.leans + 1 if c.leans > 0 else 1
        elif e < -LEANS_US * 1e-6:
            c.leans = c.leans - 1 if c.leans < 0 else -1
        else:
            c.leans = 0
        if c.leans > 1 or c.leans < -1:
            c.p[0][0] += 0.006 * 0.006
    if c.learned >= 3:
        e = fmin(fmax(e, -MOST_MS * 1e-3), MOST_MS * 1e-3)
    s = 1e-12 * (NOISE_BESIDE_US if beside else NOISE_US) * (NOISE_BESIDE_US if beside else NOISE_US)
    for i in range(3):
        k[i] = c.p[i][0] * x[0] + c.p[i][1] * x[1] + c.p[i][2] * x[2]
        s += k[i] * x[i]
    for i in range(3):
        c.w[i] += k[i] / s * e
        moved += k[i] / s * e * x[i]
    if beside:
        c.drift_s += moved
    else:
        c.drift_s = 0.0
        c.clean = c.clean + 1 if c.clean < 1000 else 1
    c.w[1] = fmin(fmax(c.w[1], 0.08), 0.26)
    c.w[2] = fmin(fmax(c.w[2], -0.04), 0.06)
    for i in range(3):
        for j in range(3):
            c.p[i][j] -= k[i] * k[j] / s
    for i in range(3):
        # Forgetting, bounded by the first guess: what is not excited must not drift.
        if c.p[i][i] * 1000.0 < FORGET_PER_1000 * (0.0025 if i < 2 else 0.0004):
            for j in range(3):
                c.p[i][j] *= 1.0127394      # 1/sqrt(0.975): row and column
                c.p[j][i] *= 1.0127394
    c.learned = c.learned + 1 if c.learned < 1000 else 1000


cdef inline void closure_beyond(Closure* c) noexcept nogil:
    """A balloon late on purpose came before the closure all the same: it lies later than predicted."""
    c.drift_s += BEYOND_STEP_US * 1e-6
    c.w[0] += BEYOND_STEP_US * 1e-6
    c.beyond = c.beyond + 1 if c.beyond < 1000 else 1
