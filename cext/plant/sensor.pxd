"""A sensor of the bench and its converter.

    true value -> delay line -> dynamics (none, first order, second order) -> gain, offset, drift, noise -> range ->
    quantisation
Delay: whole and part steps, at most 255 steps, straight line between samples. First order: y' = (u - y)/tau. Second order
(transducer with
fluid column): y'' = w^2*(u - y) - 2*z*w*y', w = 2 pi*natural frequency. Both are exact for a piecewise constant u.
Noise: random.pxd, sd `noise`, one word a sample. Units: those of the signal; ms and Hz in the files.
[good and poor transducers, probes: see the bench files]
"""

from libc.stdint cimport uint64_t
from cext.plant.random cimport random_normal

cdef enum:
    SENSOR_LINE = 256

ctypedef struct Sensor:
    int delay_steps
    double delay_part       # 0..1 of a step more
    double a11              # y, y' -> y, y' over a step; second order and first order alike (a12 = a2x = 0)
    double a12
    double a21
    double a22
    double b1
    double b2
    double gain
    double offset
    double drift_step       # per step
    double noise
    double low
    double high
    double lsb              # 0: no converter
    double per_lsb

ctypedef struct SensorState:
    double y
    double slope
    double drift
    uint64_t random
    unsigned int at
    bint running
    bint saturated
    double line[SENSOR_LINE]


cdef inline double sensor_read(const Sensor* p, SensorState* s, double truth) noexcept nogil:
    """One sample a step. `saturated` says whether the range cut it."""
    cdef double u = truth, y
    cdef int i
    if not s.running:  # begins settled
        s.running = True
        for i in range(SENSOR_LINE):
            s.line[i] = truth
        s.y = truth
        s.slope = 0.0
    if p.delay_steps > 0 or p.delay_part > 0.0:
        s.at = (s.at + 1) & (SENSOR_LINE - 1)
        s.line[s.at] = truth
        u = s.line[(s.at - p.delay_steps) & (SENSOR_LINE - 1)]
        if p.delay_part > 0.0:
            u += p.delay_part * (s.line[(s.at - p.delay_steps - 1) & (SENSOR_LINE - 1)] - u)
    y = p.a11 * s.y + p.a12 * s.slope + p.b1 * u
    s.slope = p.a21 * s.y + p.a22 * s.slope + p.b2 * u
    s.y = y
    s.drift += p.drift_step
    y = p.gain * y + p.offset + s.drift
    if p.noise > 0.0:
        y += p.noise * random_normal(&s.random)
    s.saturated = y < p.low or y > p.high
    y = p.low if y < p.low else (p.high if y > p.high else y)
    if p.lsb > 0.0:
        # To the nearest step: adding 1.5*2^52 leaves no room for a fraction (converters have at most 32 bits).
        y = p.lsb * ((y * p.per_lsb + 6755399441055744.0) - 6755399441055744.0)
    return y
