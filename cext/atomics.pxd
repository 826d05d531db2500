from libc.stdint cimport uint64_t

cdef extern from "atomics.h" nogil:
    ctypedef unsigned long long Atomic64  # opaque: touch it through the functions only
    uint64_t load_relaxed(const Atomic64* a)
    uint64_t load_acquire(const Atomic64* a)
    void store_relaxed(Atomic64* a, uint64_t value)
    void store_release(Atomic64* a, uint64_t value)
    uint64_t add(Atomic64* a, uint64_t n)
    uint64_t set_bits(Atomic64* a, uint64_t bits)
    uint64_t clear_bits(Atomic64* a, uint64_t bits)
