"""Command ring with numbered acknowledgement; stop, trip, quit and heartbeat beside it. Layout in commands.h."""

from libc.stdint cimport int64_t, uint64_t

from cext.atomics cimport Atomic64
from cext.ledger cimport Ledger, Slots

cdef extern from "commands.h" nogil:
    enum:
        COMMAND_CAPACITY
    ctypedef struct Command:
        uint64_t number
        int64_t kind
        int64_t target
        double value
        double ramp_s
    ctypedef struct CommandDesk:
        Ledger ledger
        Atomic64 stop_held
        Atomic64 stop_presses
        Atomic64 trips
        Atomic64 quit
        Atomic64 heartbeats
        Atomic64 acknowledged
        uint64_t presses_seen
        uint64_t trips_seen
        Atomic64* verdicts
        Atomic64* records


cdef class Commands:
    cdef CommandDesk* desk
    cdef Slots slots
    # For the tick:
    cdef bint take(self, Command* command) noexcept nogil
    cdef void acknowledge(self, uint64_t number, uint64_t verdict) noexcept nogil
    cdef bint stop_wanted(self) noexcept nogil
    cdef bint trip_wanted(self) noexcept nogil
    cdef bint quit_wanted(self) noexcept nogil
    cdef uint64_t heartbeats(self) noexcept nogil
