"""The recorded patient: see recorded.pyx."""

from libc.stdint cimport int64_t

from cext.generated.frame cimport INPUT_COUNT, OUTPUT_COUNT
from cext.rig cimport Rig


cdef class RecordedRig(Rig):
    cdef object kept               # the array behind `values`
    cdef object names
    cdef const double* values      # (ticks, columns)
    cdef int columns
    cdef int slot[INPUT_COUNT]     # of a column, in the signal table
    cdef double age_s[INPUT_COUNT]
    cdef int closed_chain          # slot of the emergency stop, which nobody can press here; -1: the bench has none
    cdef int64_t ticks
    cdef int64_t at
    cdef int64_t seam              # ticks without a sample between two passes; -1: played once
    cdef double period_s
    cdef double rest[OUTPUT_COUNT]
    cdef double safe[OUTPUT_COUNT]
    cdef double wire[OUTPUT_COUNT]
