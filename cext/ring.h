/* Layout of the history ring's shared memory: a header page, then the frames.

   Each group that one party writes sits on cache lines of its own: identity (never written again), the writer's ledger, the
   masks (written when a reader comes or goes), one line for each lossless reader. */
#ifndef MOCKLOOP_RING_H
#define MOCKLOOP_RING_H
#include "ledger.h"

enum { RING_HEADER_BYTES = 4096, RING_READERS = 32, RING_NAME_BYTES = 32 };
#define RING_MAGIC 0x31676e69526b636dULL /* "mckRing1": the digit is the version of this layout */

typedef struct ReaderSlot {
    _Alignas(CACHE_LINE) Atomic64 acknowledged; /* frames below this number are safe on disk */
    Atomic64 generation;                        /* rises when the slot is claimed, taken over or dismissed */
    Atomic64 pid;
    char name[RING_NAME_BYTES];
} ReaderSlot;

typedef struct RingHeader {
    _Alignas(CACHE_LINE) uint64_t magic;
    uint64_t frame_bytes;
    uint64_t capacity;
    _Alignas(CACHE_LINE) Ledger ledger;
    _Alignas(CACHE_LINE) Atomic64 claimed;      /* bit k: slot k belongs to a reader */
    Atomic64 live;                              /* bit k: the position in slot k counts */
    ReaderSlot readers[RING_READERS];
} RingHeader;
_Static_assert(sizeof(RingHeader) <= RING_HEADER_BYTES, "the ring's header outgrew its page");

/* Frames that may be written before a lossless reader loses one; INT64_MAX where there is none. */
static inline int64_t ring_room(const RingHeader *h, uint64_t capacity)
{
    const uint64_t written = load_relaxed(&h->ledger.written);
    int64_t room = INT64_MAX;
    for (uint64_t mask = load_acquire(&h->live); mask; mask &= mask - 1) {
        const uint64_t held = written - load_acquire(&h->readers[__builtin_ctzll(mask)].acknowledged);
        const int64_t left = (int64_t)capacity - (int64_t)held;
        if (left < room)
            room = left;
    }
    return room > 0 ? room : 0;
}

/* Lowest free slot, now ours (not yet live), or -1. */
static inline int ring_claim(RingHeader *h)
{
    uint64_t seen = load_relaxed(&h->claimed);
    for (;;) {
        const uint64_t open = ~seen & (~0ULL >> (64 - RING_READERS));
        if (!open)
            return -1;
        if (exchange_if(&h->claimed, &seen, seen | (open & -open)))
            return __builtin_ctzll(open);
    }
}
#endif
