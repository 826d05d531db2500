# cython: language_level=3
"""Test-only rigs: one that was compiled for another ABI, one that does not say, one that allocates in the tick."""

from libc.stdlib cimport free, malloc

from cext.generated.frame cimport Frame
from cext.rig cimport RIG_ABI, Rig
from rigs.scripted cimport ScriptedRig


cdef class OldRig(Rig):
    def __cinit__(self):
        self.abi = RIG_ABI - 1


cdef class SilentRig(Rig):
    pass


cdef class AllocatingRig(ScriptedRig):
    cdef int write(self, const Frame* f) noexcept nogil:
        cdef void* block = malloc(100)
        cdef int code = ScriptedRig.write(self, f)
        free(block)
        return code if block != NULL else -1
