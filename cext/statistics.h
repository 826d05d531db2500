/* A histogram of durations that the tick can afford: one bucket, count, sum and largest value for each entry.

   Buckets are log-linear (the idea of HdrHistogram): 1 ns wide below 64 ns, above that 32 to each doubling, so a bucket is at
   most 1/32 of its value wide. One thread adds, any thread reads: the words are relaxed atomics, each for itself. */
#ifndef MOCKLOOP_STATISTICS_H
#define MOCKLOOP_STATISTICS_H
#include "atomics.h"

enum { TALLY_BITS = 5, TALLY_TOP = 42, TALLY_BUCKETS = ((TALLY_TOP - TALLY_BITS) << TALLY_BITS) + (1 << TALLY_BITS) };

typedef struct Tally {
    Atomic64 sum_ns;
    Atomic64 max_ns;
    Atomic64 buckets[TALLY_BUCKETS];
} Tally;

/* 2^42 ns (73 min) and longer share the last bucket; max_ns stays exact. */
static inline unsigned tally_bucket(uint64_t ns)
{
    if (ns >> TALLY_TOP)
        return TALLY_BUCKETS - 1;
    const unsigned shift = ns >> (TALLY_BITS + 1) ? 63 - TALLY_BITS - (unsigned)__builtin_clzll(ns) : 0;
    return (shift << TALLY_BITS) + (unsigned)(ns >> shift);
}

/* Smallest value of a bucket; that of the next one is where it ends. */
static inline uint64_t tally_lowest(unsigned bucket)
{
    const unsigned shift = bucket >> (TALLY_BITS + 1) ? (bucket >> TALLY_BITS) - 1 : 0;
    return (uint64_t)(bucket - (shift << TALLY_BITS)) << shift;
}

static inline void tally_add(Tally *t, int64_t value_ns)
{
    const uint64_t ns = value_ns > 0 ? (uint64_t)value_ns : 0;
    Atomic64 *bucket = &t->buckets[tally_bucket(ns)];
    store_relaxed(bucket, load_relaxed(bucket) + 1); /* one writer: no locked add */
    store_relaxed(&t->sum_ns, load_relaxed(&t->sum_ns) + ns);
    if (ns > load_relaxed(&t->max_ns))
        store_relaxed(&t->max_ns, ns);
}
#endif
