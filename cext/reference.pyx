"""A bare C thread that wakes up at a fixed period: the yardstick of `mockloop bench`, beside the loop or in turns with it."""

import os
import time

from libc.stdint cimport int64_t, uint64_t
from libc.string cimport memcpy, memset

from cext.atomics cimport Atomic64, load_acquire, load_relaxed, store_release
from cext.statistics cimport Histogram, Tally

from cext.realtime import report

cdef extern from "reference.h" nogil:
    ctypedef struct pthread_t:
        pass
    int pthread_create(pthread_t* thread, const void* attributes, void* (*run)(void*) noexcept nogil, void* arg)
    int pthread_join(pthread_t thread, void** result)
    ctypedef struct Reference:
        Tally tally
        Atomic64 leave
        Atomic64 missed
        int64_t period_ns
        int64_t phase_ns
        int fifo_priority
        int cpu
        unsigned long slack_ns
        Atomic64 slack_errno
        Atomic64 fifo_errno
        Atomic64 cpu_errno
        Atomic64 asked
        pthread_t thread
    void* reference_run(void* arg) noexcept nogil


cdef class WakeReference:
    """Wakes every `period_us` in a pthread of its own and counts how late; asks for the same rights as the loop.

    Args:
        period_us: time between wake-ups.
        phase_us: offset of its grid against whole periods of CLOCK_MONOTONIC, to interleave it with a loop of the same period.
        fifo_priority: SCHED_FIFO priority; None: an ordinary thread.
        cpu: the one processor to run on; None: any.
        timer_slack_ns: slack of its timers.

    Raises:
        ValueError: period or phase out of range.
    """

    cdef Reference state
    cdef readonly bint running

    def __cinit__(self, int64_t period_us=1000, int64_t phase_us=0, *, fifo_priority=None, cpu=None, timer_slack_ns=1):
        if not 1 <= period_us <= 1000000 or not 0 <= phase_us < period_us:
            raise ValueError(
                f"reference: period {period_us} us with phase {phase_us} us is refused: 0 <= phase < period <= 1000000 us"
            )
        self.state.period_ns, self.state.phase_ns = period_us * 1000, phase_us * 1000
        self.state.fifo_priority = 0 if fifo_priority is None else fifo_priority
        self.state.cpu = -1 if cpu is None else cpu
        self.state.slack_ns = timer_slack_ns

    def start(self) -> list:
        """Starts the thread, counting on from the last time, and returns what it asked for (a list of Right).

        Raises:
            RuntimeError: it runs already. OSError: the system refused a thread.
        """
        if self.running:
            raise RuntimeError("reference: the thread runs already")
        memset(&self.state.leave, 0, sizeof(Atomic64))
        memset(&self.state.asked, 0, sizeof(Atomic64))
        cdef int code = pthread_create(&self.state.thread, NULL, reference_run, &self.state)
        if code:
            raise OSError(code, f"reference: the thread was refused: {os.strerror(code)}")
        self.running = True
        while not load_acquire(&self.state.asked):
            time.sleep(0.0005)
        rights = [report("timer-slack", f"{self.state.slack_ns} ns", load_relaxed(&self.state.slack_errno))]
        if self.state.cpu >= 0:
            rights.append(report("affinity", f"processor {self.state.cpu}", load_relaxed(&self.state.cpu_errno)))
        if self.state.fifo_priority:
            asked = f"SCHED_FIFO priority {self.state.fifo_priority}"
            rights.append(report("fifo", asked, load_relaxed(&self.state.fifo_errno)))
        return rights

    def stop(self) -> None:
        """Ends the thread within a period. Idempotent."""
        if self.running:
            store_release(&self.state.leave, 1)
            with nogil:
                pthread_join(self.state.thread, NULL)
            self.running = False

    def __dealloc__(self):
        if self.running:
            store_release(&self.state.leave, 1)
            pthread_join(self.state.thread, NULL)

    @property
    def missed(self) -> int:
        """Whole periods missed so far."""
        return load_relaxed(&self.state.missed)

    def histogram(self) -> Histogram:
        """A copy of its lateness so far."""
        cdef Histogram copy = Histogram()
        memcpy(&copy.tally, &self.state.tally, sizeof(Tally))
        return copy
