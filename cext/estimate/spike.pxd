"""Pacer spikes out of the ECG: a running median of seven samples, and what it took away.

A pacer pulse lasts 0.1 to 2 ms at 2 to 700 mV (IEC 60601-2-27); at 1 kHz the median of seven samples removes what lasts three
samples or less and delays the rest by three. What it removes in excess of SPIKE_MV and of six times the usual excess is a pulse.
"""

from libc.math cimport fabs, fmax

cdef enum:
    MEDIAN_TICKS = 7
    SPIKE_uV = 300           # smaller excess is noise
    SPIKE_REST_MS = 15       # pulses closer than this are one

cdef struct Spike:
    double past[MEDIAN_TICKS]
    double sorted[MEDIAN_TICKS]
    int at
    double excess            # usual excess, mV
    double rest_s
    double period_s
    bint seen                # a pulse lies 3 samples back


cdef inline void spike_init(Spike* s, double period_s, double first) noexcept nogil:
    cdef int i
    for i in range(MEDIAN_TICKS):
        s.past[i] = s.sorted[i] = first
    s.at = 0
    s.excess = 0.02
    s.rest_s = 1.0
    s.period_s = period_s
    s.seen = False


cdef inline double spike_step(Spike* s, double x) noexcept nogil:
    """Takes one sample (mV, finite), returns the median of the last seven."""
    cdef double old = s.past[s.at], centre, excess
    cdef int i = 0
    s.past[s.at] = x
    s.at = s.at + 1 if s.at + 1 < MEDIAN_TICKS else 0
    while s.sorted[i] != old and i < MEDIAN_TICKS - 1:
        i += 1
    while i < MEDIAN_TICKS - 1 and s.sorted[i + 1] < x:
        s.sorted[i] = s.sorted[i + 1]
        i += 1
    while i > 0 and s.sorted[i - 1] > x:
        s.sorted[i] = s.sorted[i - 1]
        i -= 1
    s.sorted[i] = x
    centre = s.past[(s.at + MEDIAN_TICKS // 2) % MEDIAN_TICKS]
    excess = fabs(centre - s.sorted[MEDIAN_TICKS // 2])
    s.rest_s += s.period_s
    s.seen = excess > fmax(SPIKE_uV * 1e-3, 6.0 * s.excess) and s.rest_s > SPIKE_REST_MS * 1e-3
    if excess > fmax(SPIKE_uV * 1e-3, 6.0 * s.excess):
        s.rest_s = 0.0
    else:
        s.excess += 0.002 * (excess - s.excess)
    return s.sorted[MEDIAN_TICKS // 2]
