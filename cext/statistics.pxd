"""Latency and execution time, always on. Buckets in statistics.h."""

from libc.stdint cimport int64_t, uint64_t

from cext.atomics cimport Atomic64

cdef extern from "statistics.h" nogil:
    enum:
        TALLY_BUCKETS
    ctypedef struct Tally:
        Atomic64 sum_ns
        Atomic64 max_ns
        Atomic64* buckets
    unsigned int tally_bucket(uint64_t ns)
    uint64_t tally_lowest(unsigned int bucket)
    void tally_add(Tally* t, int64_t value_ns)


cdef class Histogram:
    cdef Tally tally
    cdef void add(self, int64_t value_ns) noexcept nogil
