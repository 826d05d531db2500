"""Clocks of the loop: the machine's monotonic time, or steps of a period as fast as the processor goes.

Wake-ups lie on a grid of absolute instants, so lateness never accumulates. A tick that comes a whole period or more too late
stands for the last grid instant that has passed; the ones between are missed, and counted.
"""

from libc.errno cimport EINTR
from libc.stdint cimport int64_t
from posix.time cimport CLOCK_MONOTONIC, clock_nanosleep, timespec

cdef extern from "<time.h>" nogil:
    enum:
        TIMER_ABSTIME


cdef class Clock:
    """Base of both clocks.

    Args:
        period_us: time between two ticks, 1 to 1e6 µs.

    Raises:
        ValueError: period out of range.
    """

    def __init__(self, int64_t period_us=1000):
        # Not __cinit__: there the method table is still the base class's, and start() would not see the right time.
        if not 1 <= period_us <= 1000000:
            raise ValueError(f"clock: period = {period_us} us is refused: allowed is 1 to 1000000 us")
        self.period_ns = period_us * 1000
        self.start()

    cdef void start(self) noexcept nogil:
        """Puts the grid: the first wake-up is one period from now. Forgets what was missed."""
        self.missed = 0
        self.next_ns = self.now_ns() + self.period_ns

    cdef int64_t now_ns(self) noexcept nogil:
        return 0

    cdef void wait(self, Wake* wake) noexcept nogil:
        self.account(self.next_ns, wake)

    cdef void account(self, int64_t now_ns, Wake* wake) noexcept nogil:
        """The wake-up due at `next_ns` happened at `now_ns`: fills `wake` and moves the grid on."""
        cdef int64_t late = now_ns - self.next_ns
        if late < 0:
            late = 0
        wake.lateness_ns = late
        wake.missed = late // self.period_ns
        wake.planned_ns = self.next_ns + wake.missed * self.period_ns
        self.missed += wake.missed
        self.next_ns = wake.planned_ns + self.period_ns

    def restart(self) -> None:
        """Puts the grid anew: the first wake-up is one period from now."""
        self.start()

    def sleep(self) -> tuple[int, int, int]:
        """Waits for the next tick without the GIL. Returns its instant [ns], lateness [ns] and periods missed before it."""
        cdef Wake wake
        with nogil:
            self.wait(&wake)
        return wake.planned_ns, wake.lateness_ns, wake.missed

    def woken(self, int64_t now_ns) -> tuple[int, int, int]:
        """As `sleep`, for a wake-up that happened at `now_ns`: time as an argument."""
        cdef Wake wake
        self.account(now_ns, &wake)
        return wake.planned_ns, wake.lateness_ns, wake.missed

    def now(self) -> int:
        """This clock's time in ns."""
        return self.now_ns()


cdef class MonotonicClock(Clock):
    """CLOCK_MONOTONIC with absolute clock_nanosleep: sleeps, never spins (the kernel throttles a spinning FIFO thread)."""

    cdef int64_t now_ns(self) noexcept nogil:
        return monotonic_ns()

    cdef void wait(self, Wake* wake) noexcept nogil:
        cdef timespec until
        until.tv_sec = self.next_ns // 1000000000
        until.tv_nsec = self.next_ns % 1000000000
        while clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR:
            pass
        self.account(monotonic_ns(), wake)


cdef class StepClock(Clock):
    """Virtual time: every wait ends at once, on time. Starts at 0 and depends on nothing but the number of waits."""

    def lag(self, int64_t periods) -> None:
        """Lets the next wait end this many whole periods late: what a pause of the machine does, for rehearsal and tests."""
        if periods < 0:
            raise ValueError(f"clock: a lag of {periods} periods is refused: allowed is 0 and more")
        self.lag_ns = periods * self.period_ns

    cdef void wait(self, Wake* wake) noexcept nogil:
        self.account(self.next_ns + self.lag_ns, wake)
        self.lag_ns = 0

    cdef int64_t now_ns(self) noexcept nogil:
        return self.next_ns - self.period_ns if self.next_ns else 0

    cdef void start(self) noexcept nogil:
        self.missed = 0
        self.next_ns = self.period_ns
