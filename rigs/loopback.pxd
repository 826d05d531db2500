from cext.generated.frame cimport INPUT_COUNT, OUTPUT_COUNT
from cext.rig cimport Rig

cdef enum:
    LOOPS = 2                  # ECG and pressure


cdef class LoopbackRig(Rig):
    cdef int source[LOOPS]     # outputs, among the outputs; -1: the bench has not both ends
    cdef int target[LOOPS]     # inputs
    cdef int closed_chain
    cdef double rest[OUTPUT_COUNT]
    cdef double safe[OUTPUT_COUNT]
    cdef double wire[OUTPUT_COUNT]
