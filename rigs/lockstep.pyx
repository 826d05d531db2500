"""Virtual time that the tick shares with the thread of a device on a bus: while one works, the other waits.

The thread says when it wants to work next and sleeps; the tick that reaches that time lets it, and goes on when it sleeps again.
So a run over real sockets takes the same decisions at the same ticks, and gives the same bits, however long a request takes.
"""

from posix.unistd cimport close

import os
import threading

cdef enum:
    LOOK_MS = 200              # between two looks whether there is anything left to wait for


cdef class Lockstep:
    """The time of one device. The tick's half is turn_pass (lockstep.pxd)."""

    def __cinit__(self) -> None:
        self.turn.wake_fd, self.turn.done_fd = os.eventfd(0, os.EFD_CLOEXEC), os.eventfd(0, os.EFD_CLOEXEC)
        self.turn.working = True           # the thread's first turn is before the first tick

    def __dealloc__(self) -> None:
        close(self.turn.wake_fd)
        close(self.turn.done_fd)

    def now_s(self) -> float:
        """Virtual time, s."""
        return self.turn.now_ns * 1e-9

    def sleep_until(self, double t_s, end: threading.Event) -> None:
        """Gives up the turn until virtual time `t_s`; returns at once when `end` is set or the tick waits for nobody any more."""
        cdef bint woken = False
        if self.turn.over or end.is_set():
            return
        self.turn.due_ns = round(t_s * 1e9)
        os.eventfd_write(self.turn.done_fd, 1)
        while not (woken or self.turn.over or end.is_set()) and threading.main_thread().is_alive():
            with nogil:
                woken = turn_waits(self.turn.wake_fd, LOOK_MS)

    def end(self) -> None:
        """Nobody waits for anybody any more."""
        self.turn.over = True
        os.eventfd_write(self.turn.wake_fd, 1)
