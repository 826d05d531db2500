"""Time as the tick sees it. MonotonicClock and StepClock run the same loop."""

from libc.stdint cimport int64_t
from posix.time cimport CLOCK_MONOTONIC, clock_gettime, timespec


cdef struct Wake:
    int64_t planned_ns   # instant of the grid that this tick stands for, after missed ones were skipped
    int64_t lateness_ns  # wake-up minus the instant asked for, missed periods included
    int64_t missed       # whole periods skipped before this tick


cdef inline int64_t monotonic_ns() noexcept nogil:
    cdef timespec now
    clock_gettime(CLOCK_MONOTONIC, &now)
    return <int64_t> now.tv_sec * 1000000000 + now.tv_nsec


cdef class Clock:
    cdef readonly int64_t period_ns
    cdef readonly int64_t next_ns        # instant of the next wake-up
    cdef readonly int64_t missed         # whole periods missed since start
    cdef void start(self) noexcept nogil
    cdef void wait(self, Wake* wake) noexcept nogil
    cdef int64_t now_ns(self) noexcept nogil
    cdef void account(self, int64_t now_ns, Wake* wake) noexcept nogil


cdef class MonotonicClock(Clock):
    pass


cdef class StepClock(Clock):
    cdef int64_t lag_ns                  # of the next wake-up
