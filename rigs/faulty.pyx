"""A rig around any rig that lets faults in: per channel, or on the calls to the device. Off until `inject` is called."""

from libc.math cimport INFINITY, NAN

from cext.generated.frame cimport FIRST_INPUT, FIRST_OUTPUT, Frame
from cext.rig cimport QUALITY_DRIVER, RIG_ABI, RIG_FAULT, Rig
from rigs.fault cimport (
    DELAY_TICKS, FAULT_DELAYED, FAULT_GARBAGE, FAULT_INTERMITTENT, FAULT_NONE, FAULT_OFF, FAULT_SLOW, FAULT_STUCK, FAULT_WRONG,
    Fault, fault_apply, fault_works,
)

from collections.abc import Mapping, Sequence

from cext.tables.load import inputs, outputs

cdef enum:
    AT_INPUT = 0
    AT_OUTPUT = 1
    AT_READ = 2
    AT_WRITE = 3

KINDS = {
    "off": FAULT_OFF, "stuck": FAULT_STUCK, "garbage": FAULT_GARBAGE, "wrong": FAULT_WRONG,
    "slow": FAULT_SLOW, "delayed": FAULT_DELAYED, "intermittent": FAULT_INTERMITTENT,
}
DEVICE_KINDS = ("off", "intermittent")


cdef class FaultyRig(Rig):
    """Wraps `inner`; every call goes through, with the injected faults at work on it, in the order of their slots.

    `parts`: the channels of each device of the bench, by its name.
    """

    def __cinit__(self, *_args, **_kwargs):
        self.abi = RIG_ABI

    def __init__(
        self, Rig inner not None, seed: int = 0, period_s: float = 0.001, parts: Mapping[str, Sequence[str]] = {},
    ) -> None:
        self.parts = {name: list(channels) for name, channels in parts.items()}
        self.inner = inner
        self.period_s = period_s
        self.seed = seed
        self.clear()

    def open(self) -> None:
        self.inner.settings = self.settings
        self.inner.open()
        self.is_open = True

    def close(self) -> None:
        self.inner.close()
        self.is_open = False

    def put_reference(self, channel: str, value: float | None) -> bool:
        return self.inner.put_reference(channel, value)

    def complaints(self) -> list[str]:
        return self.inner.complaints()

    def clear_faults(self) -> None:
        self.inner.clear_faults()

    def make_clock(self, realtime: bool) -> object | None:
        return self.inner.make_clock(realtime)

    def explain(self, code: int) -> str:
        return self.inner.explain(code)

    def header(self) -> dict[str, object]:
        return self.inner.header()

    def inject(
        self, channel: str, kind: str, *, begin_s: float | None = None, duration_s: float = INFINITY,
        gain: float = 1.0, offset: float = 0.0, amount_s: float = 0.05,
    ) -> int:
        """Puts a fault on a channel (``in.aop_mmHg``, ``out.valve_vacuum``) or on a call (``read``, ``write``).

        It works from loop time `begin_s` (None: from the next tick) for `duration_s`. `gain` and `offset` belong to wrong
        and may be anything here, NaN too: how the core meets nonsense is what tests want to see;
        `amount_s` to slow (time constant), delayed (delay, at most 511 ticks) and intermittent (length of each gap). A call
        can be off or intermittent: it then answers RIG_FAULT, and a write does not reach the bench. Returns the number of
        the fault; it is given again once the fault has ended.

        Raises:
            ValueError: unknown channel or kind, a duration or amount that is not above 0, or a delay that is too long.
            OverflowError: all slots are taken.
        """
        cdef int i, where, index
        cdef Slot* slot
        self.check(channel, kind, duration_s, amount_s)
        where, index = self._place(channel, kind)
        for i in range(FAULT_SLOTS):
            slot = &self.slots[i]
            if not slot.active or slot.fault.end_s <= self.now_s + 0.01 * self.period_s and slot.fault.begin_s == slot.fault.begin_s:
                slot.active = 0
                break
        else:
            raise OverflowError(f"fault on {channel}: all {FAULT_SLOTS} slots are taken; clear some first")
        self.injected += 1
        slot.where, slot.channel = where, index
        slot.fault.kind = KINDS[kind]
        slot.fault.begin_s = NAN if begin_s is None else begin_s
        slot.fault.end_s = duration_s + (0.0 if begin_s is None else begin_s)
        slot.fault.gain, slot.fault.offset, slot.fault.amount = gain, offset, amount_s
        slot.fault.onset_seen = False
        slot.fault.at = 0
        slot.fault.random = (self.seed + <unsigned long long>self.injected) * <unsigned long long>0x9E3779B97F4A7C15 | 1
        slot.active = 1
        return i

    def check(self, channel: str, kind: str, duration_s: float, amount_s: float) -> None:
        """Raises ValueError as `inject` would."""
        self._place(channel, kind)
        if not duration_s > 0.0 or not amount_s > 0.0:
            raise ValueError(f"fault on {channel}: duration {duration_s} s and amount {amount_s} s must be above 0")
        longest_s = (DELAY_TICKS - 1) * self.period_s
        if kind == "delayed" and amount_s > longest_s:
            raise ValueError(f"fault on {channel}: a delay of {amount_s} s is too long: at most {longest_s:g} s")

    def channels_of(self, where: str) -> list[str]:
        """The channels of a device of this bench; a channel or a call by itself. `inject` says what is unknown."""
        return self.parts.get(where, [where])

    def _place(self, channel: str, kind: str) -> tuple[int, int]:
        ins = [s.path for s in inputs()]
        outs = [s.path for s in outputs()]
        if kind not in KINDS:
            raise ValueError(f"fault kind '{kind}' is unknown; there are {', '.join(KINDS)}")
        if channel in ("read", "write"):
            if kind not in DEVICE_KINDS:
                raise ValueError(f"fault '{kind}' does not apply to the call '{channel}'; there are {', '.join(DEVICE_KINDS)}")
            return (AT_READ if channel == "read" else AT_WRITE), 0
        if channel in ins:
            return AT_INPUT, ins.index(channel)
        if channel in outs:
            return AT_OUTPUT, outs.index(channel)
        raise ValueError(f"fault channel '{channel}' is unknown; there are read, write, {', '.join([*self.parts, *ins, *outs])}")

    def clear(self, number: int | None = None) -> None:
        """Takes one fault away, or all."""
        cdef int i
        for i in range(FAULT_SLOTS):
            if number is None or i == number:
                self.slots[i].active = 0

    cdef bint works(self, const Slot* slot, int where) noexcept nogil:
        return slot.active and slot.where == where and fault_works(&(<Slot*>slot).fault, self.now_s, self.period_s)

    cdef bint call_fails(self, int where) noexcept nogil:
        cdef bint lost = False
        cdef int i
        for i in range(FAULT_SLOTS):
            if not lost and self.works(&self.slots[i], where):
                fault_apply(&self.slots[i].fault, 0.0, self.now_s, self.period_s, &lost)
        return lost

    cdef void hand_on(self) noexcept nogil:
        """What the loop tells a rig, told to the inner one."""
        self.inner.settings = self.settings
        self.inner.energised = self.energised

    cdef int read(self, Frame* f) noexcept nogil:
        cdef double* value = (<double*>f) + FIRST_INPUT
        cdef Slot* slot
        cdef bint lost
        cdef int i, code
        self.now_s = f.time_t_s
        self.hand_on()
        code = self.inner.read(f)
        f.state_sim_faults = 0.0
        for i in range(FAULT_SLOTS):
            slot = &self.slots[i]
            if not slot.active or not fault_works(&slot.fault, self.now_s, self.period_s):
                continue
            f.state_sim_faults += 1.0
            if slot.where == AT_INPUT:
                value[slot.channel] = fault_apply(&slot.fault, value[slot.channel], self.now_s, self.period_s, &lost)
                if lost:
                    f.quality[slot.channel] = QUALITY_DRIVER
        if code >= 0 and f.state_sim_faults > 0.0 and self.call_fails(AT_READ):
            return RIG_FAULT
        return code

    cdef int write(self, const Frame* f) noexcept nogil:
        cdef Frame changed
        cdef double* value
        cdef Slot* slot
        cdef bint lost
        cdef int i
        self.hand_on()
        if f.state_sim_faults == 0.0:
            return self.inner.write(f)
        if self.call_fails(AT_WRITE):
            return RIG_FAULT
        changed = f[0]
        value = (<double*>&changed) + FIRST_OUTPUT
        for i in range(FAULT_SLOTS):
            slot = &self.slots[i]
            if self.works(slot, AT_OUTPUT):
                value[slot.channel] = fault_apply(&slot.fault, value[slot.channel], self.now_s, self.period_s, &lost)
                if lost:
                    value[slot.channel] = 0.0
        return self.inner.write(&changed)

    cdef int make_safe(self) noexcept nogil:
        self.hand_on()
        return self.inner.make_safe()

    cdef int feed_watchdog(self, bint level) noexcept nogil:
        return self.inner.feed_watchdog(level)
