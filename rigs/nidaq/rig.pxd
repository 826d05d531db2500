from libc.stdint cimport uint32_t

from cext.generated.frame cimport INPUT_COUNT, OUTPUT_COUNT, Frame
from cext.rig cimport Rig
from rigs.nidaq.lines cimport Lines, SampleClock

cdef enum:
    WINDOW_TICKS = 1024      # longest sliding window of a counter

cdef struct AnalogRow:
    int slot
    double gain_per_V
    double offset
    double low_V
    double high_V
    double rest
    double safe

cdef struct DigitalRow:
    int slot
    bint invert
    double rest
    double safe

cdef struct CounterRow:
    int slot
    double gain_per_Hz
    double offset
    int ticks                # of the window
    int filled
    int at
    uint32_t past[WINDOW_TICKS]


cdef class NidaqRig(Rig):
    cdef readonly Lines lines
    cdef readonly object wiring
    cdef readonly object found           # card -> what it is, after open
    cdef readonly str measured           # preflight's numbers, after open
    cdef object tasks
    cdef SampleClock sample_clock
    cdef double period_s
    cdef bint simulated
    cdef bint virtual_time
    cdef bint first_write                # none was written since opening
    cdef int reads
    cdef AnalogRow ai[INPUT_COUNT]
    cdef DigitalRow di[INPUT_COUNT]
    cdef CounterRow counter[4]
    cdef AnalogRow ao[OUTPUT_COUNT]
    cdef DigitalRow do[OUTPUT_COUNT]
    cdef void put(self, const double* value) noexcept nogil
    cdef int put_levels(self, bint rest) noexcept nogil
    cdef void count(self, Frame* f) noexcept nogil
