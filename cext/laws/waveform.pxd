"""See waveform.pyx."""

from libc.stdint cimport int64_t

from cext.generated.frame cimport OUTPUT_COUNT
from cext.law cimport Law


cdef class WaveformLaw(Law):
    cdef object kept
    cdef const double* values      # (ticks, columns)
    cdef int columns
    cdef int slot[OUTPUT_COUNT]    # of a column, among the outputs
    cdef int64_t ticks
    cdef readonly int64_t played   # ticks put out since RUNNING was entered first
    cdef bint repeats
