/* Atomic words for memory that threads or processes share. C11 <stdatomic.h>, each order in the name.

   Why these orders. Every crossing of the core has one writer for each word, so no operation needs sequential consistency:
     release store / acquire load  what was written before the store is seen after a load that saw it (a record, its count);
     relaxed                       the word alone counts, or a fence beside it gives the order;
     fences                        the seqlock of ledger.h: data stores must not rise above the `begun` store (release fence),
                                   data loads must not sink below the `begun` load (acquire fence).
   Records are copied as relaxed 8-byte words, not with memcpy: a reader may look while the writer writes, which for plain
   memory is a data race (undefined, and the compiler may split or repeat the access); for relaxed atomics it is merely a torn
   record, which the re-check discards. On x86-64 all of this compiles to plain moves. */
#ifndef MOCKLOOP_ATOMICS_H
#define MOCKLOOP_ATOMICS_H
#include <stdatomic.h>
#include <stdint.h>

/* Between processes an atomic must not hide a lock, and must look the same to both. */
_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2, "64-bit atomics are not lock-free on this machine");
typedef _Atomic uint64_t Atomic64;
_Static_assert(sizeof(Atomic64) == 8, "an atomic word is 8 bytes");
#define CACHE_LINE 64

static inline uint64_t load_relaxed(const Atomic64 *a) { return atomic_load_explicit((Atomic64 *)a, memory_order_relaxed); }
static inline uint64_t load_acquire(const Atomic64 *a) { return atomic_load_explicit((Atomic64 *)a, memory_order_acquire); }
static inline void store_relaxed(Atomic64 *a, uint64_t value) { atomic_store_explicit(a, value, memory_order_relaxed); }
static inline void store_release(Atomic64 *a, uint64_t value) { atomic_store_explicit(a, value, memory_order_release); }
static inline uint64_t add(Atomic64 *a, uint64_t n) { return atomic_fetch_add_explicit(a, n, memory_order_acq_rel); }
static inline uint64_t set_bits(Atomic64 *a, uint64_t b) { return atomic_fetch_or_explicit(a, b, memory_order_acq_rel); }
static inline uint64_t clear_bits(Atomic64 *a, uint64_t b) { return atomic_fetch_and_explicit(a, ~b, memory_order_acq_rel); }
/* If *a is still *seen, makes it `value`; otherwise refreshes *seen. May fail for no reason: call it in a loop. */
static inline int exchange_if(Atomic64 *a, uint64_t *seen, uint64_t value)
{
    return atomic_compare_exchange_weak_explicit(a, seen, value, memory_order_acq_rel, memory_order_relaxed);
}
static inline void fence_release(void) { atomic_thread_fence(memory_order_release); }
static inline void fence_acquire(void) { atomic_thread_fence(memory_order_acquire); }

static inline void words_in(Atomic64 *restrict shared, const uint64_t *restrict own, uint64_t words)
{
    for (uint64_t i = 0; i < words; i++)
        atomic_store_explicit(&shared[i], own[i], memory_order_relaxed);
}

static inline void words_out(uint64_t *restrict own, const Atomic64 *restrict shared, uint64_t words)
{
    for (uint64_t i = 0; i < words; i++)
        own[i] = atomic_load_explicit((Atomic64 *)&shared[i], memory_order_relaxed);
}
#endif
