"""The scripted rig: see scripted.pyx."""

from cext.generated.frame cimport OUTPUT_COUNT, Frame
from cext.rig cimport Rig

cdef enum:
    CALL_READ = 0
    CALL_WRITE = 1
    CALL_MAKE_SAFE = 2
    CALL_FEED_WATCHDOG = 3
    CALL_KINDS = 4

cdef struct Call:            # one call that could move an actuator; LOG_DTYPE in scripted.pyx
    long long tick
    long long kind
    long long code
    double wire[OUTPUT_COUNT]


cdef class ScriptedRig(Rig):
    cdef object script               # the arrays behind the next four
    cdef const double* values
    cdef const double* ages
    cdef const unsigned char* qualities
    cdef const int* codes
    cdef long long length
    cdef long long at                # row of the script that the next read plays
    cdef double rest[OUTPUT_COUNT]
    cdef double safe[OUTPUT_COUNT]
    cdef double wire[OUTPUT_COUNT]   # what stands at the actuators
    cdef object kept                 # the arrays behind `log`
    cdef Call* log
    cdef long long room
    cdef long long logged
    cdef int answer(self, int kind) noexcept nogil
    cdef void note(self, int kind, int code) noexcept nogil
