from cext.rig cimport Rig
from rigs.fault cimport Fault

cdef enum:
    FAULT_SLOTS = 64

cdef struct Slot:
    int active               # written last by inject, first by clear
    int where                # AT_INPUT, AT_OUTPUT, AT_READ, AT_WRITE
    int channel
    Fault fault


cdef class FaultyRig(Rig):
    cdef readonly Rig inner
    cdef readonly dict parts
    cdef Slot slots[FAULT_SLOTS]
    cdef double period_s
    cdef double now_s
    cdef unsigned long long seed
    cdef int injected
    cdef bint works(self, const Slot* slot, int where) noexcept nogil
    cdef bint call_fails(self, int where) noexcept nogil
    cdef void hand_on(self) noexcept nogil
