/* One writer publishes numbered records into a power-of-two number of slots; any number of readers copy them out.

   A seqlock over the whole set of slots: `begun` counts records whose writing started, `written` those complete. Record n
   lives in slot n % capacity until record n + capacity is begun. A reader copies first and then asks which numbers were still
   whole: every n >= begun - capacity. Whatever lies below was, or may have been, overwritten during the copy: discard it.
   The writer never waits, never looks at a reader, and a writer stopped half-way through leaves all other slots readable.

     writer                              reader
     begun = n + 1        (relaxed)      w = written          (acquire: sees whole records below w)
     fence release                       copy words           (relaxed)
     copy words           (relaxed)      fence acquire
     written = n + 1      (release)      begun                (relaxed) -> oldest number that is whole

   If the copy saw one word of record n + capacity, the two fences synchronise (C11 7.17.4) and the last load sees
   begun >= n + capacity + 1, hence record n is discarded. After H.-J. Boehm, "Can seqlocks get along with programming language
   memory models?", MSPC 2012. */
#ifndef MOCKLOOP_LEDGER_H
#define MOCKLOOP_LEDGER_H
#include "atomics.h"

typedef struct Ledger {       /* in shared memory, on a cache line that only the writer writes */
    Atomic64 begun;
    Atomic64 written;
} Ledger;

typedef struct Slots {        /* private to each side: where the shared parts are mapped, and their sizes */
    Ledger *ledger;
    Atomic64 *data;
    uint64_t words;           /* 8-byte words of a record */
    uint64_t capacity;        /* records, a power of two */
} Slots;

static inline void slots_publish(const Slots *s, const void *record)
{
    const uint64_t n = load_relaxed(&s->ledger->written);
    store_relaxed(&s->ledger->begun, n + 1);
    fence_release();
    words_in(s->data + (n & (s->capacity - 1)) * s->words, (const uint64_t *)record, s->words);
    store_release(&s->ledger->written, n + 1);
}

static inline uint64_t slots_written(const Slots *s) { return load_acquire(&s->ledger->written); }

/* Copies records [from, from + count), count <= capacity; returns the lowest number that was whole when the copy had ended. */
static inline uint64_t slots_copy(const Slots *s, uint64_t from, uint64_t count, void *out)
{
    const uint64_t first = from & (s->capacity - 1);
    const uint64_t straight = count < s->capacity - first ? count : s->capacity - first;
    words_out((uint64_t *)out, s->data + first * s->words, straight * s->words);
    words_out((uint64_t *)out + straight * s->words, s->data, (count - straight) * s->words);
    fence_acquire();
    const uint64_t begun = load_relaxed(&s->ledger->begun);
    return begun > s->capacity ? begun - s->capacity : 0;
}

/* Copies the newest record. Returns its number plus 1, or 0: nothing written yet, or lapped in each of 8 tries (out is then
   undefined). With more than two slots a lap needs a writer that finishes capacity - 1 records during one copy. */
static inline uint64_t slots_latest(const Slots *s, void *out)
{
    for (int tries = 0; tries < 8; tries++) {
        const uint64_t n = slots_written(s);
        if (n == 0)
            return 0;
        if (slots_copy(s, n - 1, 1, out) <= n - 1)
            return n;
    }
    return 0;
}
#endif
