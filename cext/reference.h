/* The bare wake-up loop: absolute sleeps and nothing else, in a thread that never saw Python. The loop is measured by it. */
#ifndef MOCKLOOP_REFERENCE_H
#define MOCKLOOP_REFERENCE_H
#include <pthread.h>
#include <time.h>
#include "realtime.h"
#include "statistics.h"

typedef struct Reference {
    Tally tally;
    Atomic64 leave;
    Atomic64 missed;
    int64_t period_ns, phase_ns;                 /* wakes at k * period + phase of CLOCK_MONOTONIC */
    int fifo_priority, cpu;                      /* 0 and -1: not asked for */
    unsigned long slack_ns;
    Atomic64 slack_errno, fifo_errno, cpu_errno; /* what the system answered, once `asked` is 1 */
    Atomic64 asked;
    pthread_t thread;
} Reference;

static inline int64_t reference_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static inline void *reference_run(void *arg)
{
    Reference *r = arg;
    store_relaxed(&r->slack_errno, (uint64_t)ask_timer_slack(r->slack_ns));
    store_relaxed(&r->cpu_errno, r->cpu >= 0 ? (uint64_t)ask_cpu(r->cpu) : 0);
    store_relaxed(&r->fifo_errno, r->fifo_priority ? (uint64_t)ask_fifo(r->fifo_priority) : 0);
    store_release(&r->asked, 1);
    int64_t planned = (reference_now() / r->period_ns + 1) * r->period_ns + r->phase_ns;
    do {
        const struct timespec until = {.tv_sec = planned / 1000000000, .tv_nsec = planned % 1000000000};
        while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
            ;
        const int64_t late = reference_now() - planned;
        tally_add(&r->tally, late);
        store_relaxed(&r->missed, load_relaxed(&r->missed) + (uint64_t)(late / r->period_ns));
        planned += (late / r->period_ns + 1) * r->period_ns;
    } while (!load_acquire(&r->leave));
    return NULL;
}
#endif
