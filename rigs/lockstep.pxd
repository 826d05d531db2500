"""Turns between the tick and one thread on a slow bus, in virtual time: see lockstep.pyx."""

from libc.stdint cimport int64_t, uint64_t
from posix.unistd cimport read, write

cdef extern from "<poll.h>" nogil:
    struct pollfd:
        int fd
        short events
        short revents
    int poll(pollfd*, unsigned long, int)
    enum:
        POLLIN

cdef enum:
    PATIENCE_MS = 5000         # real time that the tick waits for the bus's turn to end

cdef struct Turn:
    int64_t now_ns             # virtual time, set by the tick
    int64_t due_ns             # when the thread wants its next turn, set by the thread before it gives up this one
    int wake_fd                # eventfd, tick -> thread
    int done_fd                # eventfd, thread -> tick
    int working                # the thread has the turn
    int over                   # nobody waits for anybody any more


cdef inline bint turn_waits(int fd, int most_ms) noexcept nogil:
    """Whether the eventfd came within so many ms; takes what is in it."""
    cdef pollfd one
    cdef uint64_t count
    one.fd, one.events, one.revents = fd, POLLIN, 0
    return poll(&one, 1, most_ms) == 1 and read(fd, &count, sizeof(count)) == sizeof(count)


cdef inline void turn_pass(Turn* t, int64_t now_ns) noexcept nogil:
    """Virtual time moves on to `now_ns`; a turn that is due by then is taken whole. A thread that hangs is waited for once."""
    cdef uint64_t one = 1
    if t.working and not t.over:
        t.over = not turn_waits(t.done_fd, PATIENCE_MS)
        t.working = False
    t.now_ns = now_ns
    if t.over or now_ns < t.due_ns:
        return
    t.working = True
    t.over = write(t.wake_fd, &one, sizeof(one)) != sizeof(one) or not turn_waits(t.done_fd, PATIENCE_MS)
    t.working = False


cdef class Lockstep:
    cdef Turn turn
