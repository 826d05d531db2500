"""The plug-in ABI of a law: what the tick asks. Changing this file needs an ADR and a new LAW_ABI."""

from cext.generated.frame cimport Frame
from cext.generated.settings cimport Settings
from cext.spec cimport CoreSpec

cpdef enum:
    LAW_ABI = 1


cdef class Law:
    cdef readonly int abi           # the first field for ever: an old binary must still be able to say that it is one
    cdef const Settings* settings   # in force; set by the loop, valid while it is attached
    cdef const CoreSpec* spec       # channels, limits and period of the bench; likewise
    cdef void step(self, const Frame* f, double* asked, bint running) noexcept nogil
