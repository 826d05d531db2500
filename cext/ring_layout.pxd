from libc.stdint cimport int64_t, uint64_t

from cext.atomics cimport Atomic64
from cext.ledger cimport Ledger

cdef extern from "ring.h" nogil:
    enum:
        RING_HEADER_BYTES
        RING_READERS
        RING_NAME_BYTES
    const uint64_t RING_MAGIC
    ctypedef struct ReaderSlot:
        Atomic64 acknowledged
        Atomic64 generation
        Atomic64 pid
        char name[RING_NAME_BYTES]
    ctypedef struct RingHeader:
        uint64_t magic
        uint64_t frame_bytes
        uint64_t capacity
        Ledger ledger
        Atomic64 claimed
        Atomic64 live
        ReaderSlot readers[RING_READERS]
    int64_t ring_room(const RingHeader* h, uint64_t capacity)
    int ring_claim(RingHeader* h)
