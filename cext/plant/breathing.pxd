"""Pressure in the chest, outside heart and vessels: P_it = mean + amplitude*sin(2 pi f t).

Spontaneous: amplitude 1.5 mmHg about the patient's own mean (-3.5 mmHg); ventilated: 5.5 +- 2.5 mmHg, so +3 to +8; off: the
mean.
[textbook values: West, Respiratory Physiology; Pinsky 2005]. A change of kind moves mean and amplitude with a lag of 1 s.
sin and cos run as a rotation by 2 pi f dt, kept at length 1.
"""

from libc.math cimport cos, sin

cdef enum:
    BREATH_OFF = 0
    BREATH_SPONTANEOUS = 1
    BREATH_VENTILATED = 2

ctypedef struct Breathing:
    double mean
    double amplitude
    double turn_cos
    double turn_sin
    double follow        # dt / 1 s

ctypedef struct BreathingState:
    double mean
    double amplitude
    double c
    double s
    double p_it


cdef inline void breathing_set(Breathing* p, int kind, double mean, double rate_hz, double dt) noexcept nogil:
    p.mean = 5.5 if kind == BREATH_VENTILATED else mean
    p.amplitude = 2.5 if kind == BREATH_VENTILATED else (1.5 if kind == BREATH_SPONTANEOUS else 0.0)
    p.turn_cos = cos(6.283185307179586 * rate_hz * dt)
    p.turn_sin = sin(6.283185307179586 * rate_hz * dt)
    p.follow = dt


cdef inline void breathing_start(const Breathing* p, BreathingState* s) noexcept nogil:
    s.mean = p.mean
    s.amplitude = p.amplitude
    s.c = 1.0
    s.s = 0.0
    s.p_it = p.mean


cdef inline void breathing_step(const Breathing* p, BreathingState* s) noexcept nogil:
    cdef double c = s.c * p.turn_cos - s.s * p.turn_sin
    cdef double z = s.s * p.turn_cos + s.c * p.turn_sin
    cdef double length = 1.5 - 0.5 * (c * c + z * z)
    s.c = c * length
    s.s = z * length
    s.mean += p.follow * (p.mean - s.mean)
    s.amplitude += p.follow * (p.amplitude - s.amplitude)
    s.p_it = s.mean + s.amplitude * s.s
