"""The history ring's writing end, for the tick. Protocol in ledger.h, layout in ring.h."""

from libc.stdint cimport int64_t, uint64_t

from cext.ledger cimport Slots
from cext.mapping cimport Mapping
from cext.ring_layout cimport RingHeader


cdef class RingWriter:
    cdef Mapping memory
    cdef RingHeader* header
    cdef Slots slots
    cdef readonly size_t frame_bytes
    cdef readonly uint64_t capacity
    cdef void push(self, const void* frame) noexcept nogil
    cdef int64_t room(self) noexcept nogil
    cdef int64_t wait_room(self, double timeout_s) noexcept nogil
