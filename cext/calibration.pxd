"""From what a rig reads to what is measured: value = offset + gain * reading. The one place where a calibration works.

A rig turns volts, pulses and registers into units by the nominal figures of the bench file; the straight line of a calibration
(controller/calibration) comes on top of that, for every kind of rig alike, before any check of the guard. A channel without one
is left as it is, bit by bit. A value that is no number stays none.
"""

from cext.generated.frame cimport FIRST_INPUT, INPUT_COUNT, Frame

cdef struct Calibration:
    bint on[INPUT_COUNT]
    double gain[INPUT_COUNT]
    double offset[INPUT_COUNT]     # in the unit of the signal


cdef inline void calibration_init(Calibration* c) noexcept nogil:
    cdef int i
    for i in range(INPUT_COUNT):
        c.on[i] = False
        c.gain[i] = 1.0
        c.offset[i] = 0.0


cdef inline void calibration_apply(const Calibration* c, Frame* f) noexcept nogil:
    cdef double* value = (<double*>f) + FIRST_INPUT
    cdef int i
    for i in range(INPUT_COUNT):
        if c.on[i]:
            value[i] = c.offset[i] + c.gain[i] * value[i]
