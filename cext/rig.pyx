"""Base class of every rig. A rig talks to a bench; it never decides whether to obey (the core gates outputs)."""


cdef class Rig:
    """What the tick reads from and writes to.

    `read` fills the input signals, their quality and age, in engineering units; `write` sends the output signals;
    `make_safe` sends the declared safe values where the bench is `energised`, the rest values where it is not; it is idempotent
    and callable in any state. All return 0 or a code below zero and never block beyond their budget. `open` and `close` run
    outside the tick.

    A subclass compiles the number of the ABI into itself, in its own `__cinit__`: ``self.abi = RIG_ABI``. The registry
    refuses a rig that does not, or with another number.
    """

    def __cinit__(self):
        self.abi = 0   # not RIG_ABI: this line runs for every subclass, also for one that was compiled long ago
        self.is_open = False
        self.energised = False
        self.settings = NULL

    def open(self) -> None:
        """Acquires the bench. Raises OSError with the driver's own words where that fails."""
        self.is_open = True

    def close(self) -> None:
        """Makes safe and releases the bench; read and write answer RIG_CLOSED afterwards."""
        self.make_safe()
        self.is_open = False

    def make_clock(self, realtime: bool) -> object | None:
        """A cext.clock.Clock that the bench itself gives the tick; None: the machine's own, or steps in virtual time.

        Raises ValueError where the bench cannot run in this kind of time.
        """
        return None

    def explain(self, code: int) -> str:
        """Words for an error code, the driver's own where there are any; empty: none."""
        return {RIG_CLOSED: "the rig is closed", RIG_FAULT: "the rig reports a fault"}.get(code, "")

    def header(self) -> dict[str, object]:
        """What was found at opening: cards, firmware, measured times. Plain data, for the recording."""
        return {}

    def complaints(self) -> list[str]:
        """What speaks against arming, in words; a part of the bench that is lost, in fault, or not watched over."""
        return []

    def clear_faults(self) -> None:
        """A person's reset: devices forget faults whose cause has gone. Starts nothing, energises nothing."""

    def ended(self) -> str:
        """Why nothing will be measured any more, in words; empty: the bench goes on for ever. A record that is played ends."""
        return ""

    def put_reference(self, channel: str, value: float | None) -> bool:
        """Puts a known value on the sensor of an input (name without ``in.``) in place of the loop; None: the loop again.

        False: this bench cannot by itself, a person opens the stopcock. Raises ValueError: no such input here.
        """
        return False

    cdef int read(self, Frame* f) noexcept nogil:
        return RIG_CLOSED

    cdef int write(self, const Frame* f) noexcept nogil:
        return RIG_CLOSED

    cdef int make_safe(self) noexcept nogil:
        return RIG_OK

    cdef int feed_watchdog(self, bint level) noexcept nogil:
        return RIG_OK
