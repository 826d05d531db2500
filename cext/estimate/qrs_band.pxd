"""The band of the QRS: what an R wave is looked for in.

    u = mean of the last 18 ms            nulls near 55 Hz: mains of 50 and 60 Hz is a tenth of itself; delay 8.5 ms
    y = band-pass(u), second order, 16 Hz, Q 0.8, no phase at 16 Hz       wander, T wave and muscle out of the way
The QRS has most of its power between 8 and 25 Hz (Thakor 1984, IEEE Trans Biomed Eng 31:702).
"""

from libc.math cimport M_PI, cos, sin

cdef enum:
    MEAN_TICKS_MOST = 128
    MEAN_MS = 18

cdef struct QrsBand:
    double past[MEAN_TICKS_MOST]
    int ticks
    int at
    double total
    double b0, a1, a2
    double u1, u2, y1, y2


cdef inline void qrs_band_init(QrsBand* q, double period_s, double first) noexcept nogil:
    cdef double w = 2.0 * M_PI * 16.0 * period_s
    cdef double alpha = sin(w) / (2.0 * 0.8)
    cdef int i
    q.ticks = <int>(MEAN_MS * 1e-3 / period_s + 0.5)
    q.ticks = 1 if q.ticks < 1 else (MEAN_TICKS_MOST if q.ticks > MEAN_TICKS_MOST else q.ticks)
    for i in range(q.ticks):
        q.past[i] = first
    q.at = 0
    q.total = first * q.ticks
    q.b0 = alpha / (1.0 + alpha)
    q.a1 = -2.0 * cos(w) / (1.0 + alpha)
    q.a2 = (1.0 - alpha) / (1.0 + alpha)
    q.u1 = q.u2 = first
    q.y1 = q.y2 = 0.0


cdef inline double qrs_band_step(QrsBand* q, double x) noexcept nogil:
    cdef double u, y
    cdef int i
    q.total += x - q.past[q.at]
    q.past[q.at] = x
    q.at += 1
    if q.at == q.ticks:
        q.at = 0
        q.total = 0.0                     # afresh once a round: rounding does not pile up
        for i in range(q.ticks):
            q.total += q.past[i]
    u = q.total / q.ticks
    y = q.b0 * (u - q.u2) - q.a1 * q.y1 - q.a2 * q.y2
    q.u2 = q.u1
    q.u1 = u
    q.y2 = q.y1
    q.y1 = y
    return y
