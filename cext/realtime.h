/* What a thread can ask of Linux for its timing. Each concerns the calling thread (the lock: the process).
   All return 0 or errno. */
#ifndef MOCKLOOP_REALTIME_H
#define MOCKLOOP_REALTIME_H
#include <errno.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>

/* Timers of an ordinary thread may fire this much later than asked; the kernel's default is 50 us. */
static inline int ask_timer_slack(unsigned long ns) { return prctl(PR_SET_TIMERSLACK, ns, 0, 0, 0) ? errno : 0; }

/* RESET_ON_FORK: helper processes and later threads do not inherit the priority. */
static inline int ask_fifo(int priority)
{
    const struct sched_param param = {.sched_priority = priority};
    return sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &param) ? errno : 0;
}

static inline int ask_cpu(int cpu)
{
    cpu_set_t set;
    if (cpu < 0 || cpu >= CPU_SETSIZE)
        return EINVAL;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    return sched_setaffinity(0, sizeof set, &set) ? errno : 0;
}

/* Only what is mapped now: the tick allocates nothing, and MCL_FUTURE under a limit makes later allocations elsewhere fail. */
static inline int ask_memory_lock(void) { return mlockall(MCL_CURRENT) ? errno : 0; }
#endif
