from cext.rig cimport Rig
from rigs.simdaq.bench cimport SimulatedBench


cdef class SimulatedWires(Rig):
    cdef readonly Rig inner
    cdef readonly SimulatedBench bench
    cdef double period_s
    cdef bint real_pace
    cdef void hand_on(self) noexcept nogil
