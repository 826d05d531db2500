from libc.stdint cimport uint64_t

from cext.atomics cimport Atomic64

cdef extern from "ledger.h" nogil:
    ctypedef struct Ledger:
        Atomic64 begun
        Atomic64 written
    ctypedef struct Slots:
        Ledger* ledger
        Atomic64* data
        uint64_t words
        uint64_t capacity
    void slots_publish(const Slots* s, const void* record)
    uint64_t slots_written(const Slots* s)
    uint64_t slots_copy(const Slots* s, uint64_t first, uint64_t count, void* out)
    uint64_t slots_latest(const Slots* s, void* out)
