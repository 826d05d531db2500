"""The loop: a core, a rig, a clock and a ring, stepped once a period."""

from libc.stdint cimport int64_t

from cext.cell cimport Cell
from cext.clock cimport Clock, Wake
from cext.commands cimport Commands
from cext.core cimport Core
from cext.generated.frame cimport Frame
from cext.law cimport Law
from cext.rig cimport Rig
from cext.ring cimport RingWriter
from cext.statistics cimport Histogram


cdef class Loop:
    cdef Core core
    cdef Frame frame
    cdef readonly Rig rig
    cdef readonly Law law                # None: the built-in laws alone
    cdef readonly RingWriter ring
    cdef readonly Cell live
    cdef readonly Commands commands
    cdef readonly Clock clock
    cdef readonly Histogram lateness     # of wake-ups
    cdef readonly Histogram execution    # read to publish
    cdef readonly bint lossless          # wait for lossless readers of the ring
    cdef readonly int64_t tick           # ticks done
    cdef readonly int64_t missed         # whole periods missed
    cdef bint watchdog
    cdef int unsafe_ticks                # ticks in a row in which make_safe failed
    cdef unsigned int requests(self) noexcept nogil
    cdef void put_out(self) noexcept nogil
    cdef void step(self, const Wake* wake) noexcept nogil
