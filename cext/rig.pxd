"""The plug-in ABI of a rig: what the tick calls. Changing this file needs an ADR and a new RIG_ABI."""

from cext.generated.frame cimport Frame
from cext.generated.settings cimport Settings

cpdef enum:
    RIG_ABI = 2

# Quality of an input, as the rig reports it in Frame.quality; everything but GOOD counts as bad.
cdef enum:
    QUALITY_GOOD = 0
    QUALITY_ABSENT = 1     # the bench has no such channel
    QUALITY_STALE = 2      # no new value since the last read
    QUALITY_DRIVER = 3     # the driver reported an error for this channel
    QUALITY_RANGE = 4      # saturated or outside the channel's range

# Error codes of read, write, make_safe and feed_watchdog (below zero); drivers pass their own codes through.
cdef enum:
    RIG_OK = 0
    RIG_CLOSED = -1
    RIG_FAULT = -2


cdef class Rig:
    cdef readonly int abi           # the first field for ever: an old binary must still be able to say that it is one
    cdef const Settings* settings   # the core's settings in force; set by the loop, valid while it is attached
    cdef readonly bint is_open
    cdef bint energised             # set by the loop before each write: armed since it was last at rest (docs/adr/0003)
    cdef int read(self, Frame* f) noexcept nogil
    cdef int write(self, const Frame* f) noexcept nogil
    cdef int make_safe(self) noexcept nogil
    cdef int feed_watchdog(self, bint level) noexcept nogil
