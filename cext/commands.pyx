"""The way down into the tick: commands queue and are acknowledged by number; stop, trip, quit and heartbeat never queue."""

import math

from libc.stdint cimport int64_t, uint64_t
from libc.stdlib cimport free
from libc.string cimport memset
from posix.stdlib cimport posix_memalign

from cext.atomics cimport add, load_acquire, load_relaxed, store_relaxed, store_release
from cext.ledger cimport slots_copy, slots_publish, slots_written

CAPACITY = COMMAND_CAPACITY


class CommandsFull(RuntimeError):
    """The tick has not handled the last `CAPACITY` commands: it stands still, or the sender asks faster than 4 a tick."""


cdef class Commands:
    """One queue from Python to one loop. Senders are kept apart by the GIL; one thread ticks."""

    def __cinit__(self):
        if posix_memalign(<void**> &self.desk, 64, sizeof(CommandDesk)):
            self.desk = NULL
            raise MemoryError(f"commands: {sizeof(CommandDesk)} bytes were refused")
        memset(self.desk, 0, sizeof(CommandDesk))
        self.slots.ledger = &self.desk.ledger
        self.slots.data = self.desk.records
        self.slots.words = sizeof(Command) // 8
        self.slots.capacity = COMMAND_CAPACITY

    def __dealloc__(self):
        free(self.desk)

    def send(self, int64_t kind, int64_t target=0, double value=0.0, double ramp_s=0.0) -> int:
        """Queues a command and returns its number.

        Raises:
            ValueError: value or ramp not finite, ramp negative. CommandsFull: no place; nothing was sent.
        """
        if not (math.isfinite(value) and math.isfinite(ramp_s) and ramp_s >= 0.0):
            raise ValueError(
                f"command {kind} with value = {value:g}, ramp = {ramp_s:g} s is refused: finite, ramp not below 0"
            )
        cdef uint64_t sent = slots_written(&self.slots)
        cdef uint64_t waiting = sent - load_acquire(&self.desk.acknowledged)
        if waiting >= COMMAND_CAPACITY:
            raise CommandsFull(f"command {kind} was not sent: {waiting} wait already, the loop does not handle them")
        cdef Command command
        command.number = sent + 1
        command.kind, command.target, command.value, command.ramp_s = kind, target, value, ramp_s
        slots_publish(&self.slots, &command)
        return sent + 1

    @property
    def sent(self) -> int:
        """Number of the last command sent."""
        return slots_written(&self.slots)

    @property
    def acknowledged(self) -> int:
        """Every command up to this number was handled."""
        return load_acquire(&self.desk.acknowledged)

    def verdict(self, uint64_t number) -> int | None:
        """What the tick answered to a command (0: accepted); None while it waits.

        Raises:
            LookupError: never sent, or so long ago that its place was used again.
        """
        cdef uint64_t sent = slots_written(&self.slots)
        if not 1 <= number <= sent or sent - number >= COMMAND_CAPACITY:
            raise LookupError(f"command {number} is not among the last {COMMAND_CAPACITY} of {sent} sent")
        if number > load_acquire(&self.desk.acknowledged):
            return None
        return load_relaxed(&self.desk.verdicts[number % COMMAND_CAPACITY])

    def hold_stop(self, bint held) -> None:
        """Presses (and holds) or releases the STOP button. A press is seen even if released before the next tick."""
        store_release(&self.desk.stop_held, held)
        if held:
            add(&self.desk.stop_presses, 1)

    def trip(self) -> None:
        """Demands the safe state at once. Waits behind nothing."""
        add(&self.desk.trips, 1)

    def heartbeat(self) -> None:
        """Says that the supervisor lives."""
        add(&self.desk.heartbeats, 1)

    def quit(self) -> None:
        """Asks the loop to end after the tick at work. Cannot be taken back."""
        store_release(&self.desk.quit, 1)

    cdef bint take(self, Command* command) noexcept nogil:
        """Copies the next command that was not acknowledged; False if there is none. Acknowledge it before the next take."""
        cdef uint64_t next = load_relaxed(&self.desk.acknowledged)
        if next >= slots_written(&self.slots):
            return False
        slots_copy(&self.slots, next, 1, command)
        return True

    cdef void acknowledge(self, uint64_t number, uint64_t verdict) noexcept nogil:
        store_relaxed(&self.desk.verdicts[number % COMMAND_CAPACITY], verdict)
        store_release(&self.desk.acknowledged, number)

    cdef bint stop_wanted(self) noexcept nogil:
        """STOP is held, or was pressed since the last call."""
        cdef uint64_t presses = load_acquire(&self.desk.stop_presses)
        cdef bint pressed = presses != self.desk.presses_seen
        self.desk.presses_seen = presses
        return pressed or load_acquire(&self.desk.stop_held) != 0

    cdef bint trip_wanted(self) noexcept nogil:
        """The safe state was demanded since the last call."""
        cdef uint64_t trips = load_acquire(&self.desk.trips)
        cdef bint wanted = trips != self.desk.trips_seen
        self.desk.trips_seen = trips
        return wanted

    cdef bint quit_wanted(self) noexcept nogil:
        return load_acquire(&self.desk.quit) != 0

    cdef uint64_t heartbeats(self) noexcept nogil:
        """Beats so far; the tick compares with its last look and counts ticks without one."""
        return load_relaxed(&self.desk.heartbeats)
