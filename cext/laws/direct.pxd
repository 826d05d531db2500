"""See direct.pyx."""

from cext.cell cimport Cell
from cext.generated.frame cimport OUTPUT_COUNT
from cext.law cimport Law

cdef struct Hold:            # what a hand holds, and until when
    double until_tick
    double value[OUTPUT_COUNT]


cdef class DirectLaw(Law):
    cdef Cell cell
    cdef Hold held
