"""Base class of every plug-in law. A law asks; limit, slew, gate and the state machine come after it (docs/laws.md)."""


cdef class Law:
    """What the tick asks for commands, once a tick after the built-in laws.

    `step` gets the frame (inputs checked and repaired; ``out.*`` still hold what went out a tick ago, after limit and slew),
    and `asked`: one command an output, in the order of the signal table (``OUT_pump_speed_rpm`` … of cext.generated.frame), as
    the built-in laws want them. It overwrites those that it drives and leaves the others. `running` is False in every state but
    RUNNING; in STOPPING what it asks still goes out, so it must ramp to standby then. It never blocks, allocates or raises.

    A subclass compiles the number of the ABI into itself, in its own `__cinit__`: ``self.abi = LAW_ABI``. The loop refuses a
    law that does not, or with another number.
    """

    def __cinit__(self, *_args, **_kwargs):
        self.abi = 0   # not LAW_ABI: this line runs for every subclass, also for one that was compiled long ago
        self.settings = NULL
        self.spec = NULL

    cdef void step(self, const Frame* f, double* asked, bint running) noexcept nogil:
        pass
