"""A bench of several things as one rig: a base rig that answers within the tick (a DAQ card, the virtual rig) and devices on
slow buses, each behind a mailbox with an age.

A bus device is any object with
    mailbox     rigs.mailbox.Mailbox: the channels it measures and drives
    open()      connects and starts its thread; raises OSError with what failed
    close()     leaves the device safe, stops the thread; idempotent
    explain(c)  words for an error code that it posted
    header()    what was found on the bus, for the recording
    in_virtual_time()   lives in the turns that the tick gives it (rigs.lockstep); raises ValueError where it cannot
    complaints()    what speaks against arming, in words;  clear_faults()    a person's reset, which starts nothing
The base answers first; a device's channels then replace what the base says of them.
"""

from libc.math cimport NAN

from cext.generated.frame cimport FIRST_INPUT, FIRST_OUTPUT, INPUT_COUNT, Frame
from cext.rig cimport QUALITY_ABSENT, RIG_ABI, RIG_CLOSED, RIG_OK, Rig
from rigs.mailbox cimport Mailbox, box_ask, box_fill

from collections.abc import Sequence


cdef class CompositeRig(Rig):
    """`base`: the rig within the tick, None for a bench of bus devices only. `devices`: at most 8.

    Raises ValueError: too many devices, or two that claim one channel.
    """

    def __cinit__(self, *_args, **_kwargs):
        self.abi = RIG_ABI

    def __init__(self, Rig base, devices: Sequence[object]) -> None:
        cdef Mailbox mailbox
        cdef int i
        if len(devices) > MOST_DEVICES:
            raise ValueError(f"composite rig: {len(devices)} devices on buses, at most {MOST_DEVICES}")
        taken = {}
        for device in devices:
            for channel in [f"in.{n}" for n in device.mailbox.inputs] + [f"out.{n}" for n in device.mailbox.outputs]:
                if channel in taken:
                    raise ValueError(f"composite rig: two devices claim {channel}")
                taken[channel] = device
        self.base = base
        self.devices = list(devices)
        self.count = len(devices)
        for i, device in enumerate(devices):
            mailbox = device.mailbox
            self.boxes[i] = &mailbox.box

    def open(self) -> None:
        """Opens the base, then every device; closes again what was opened when one fails."""
        if self.base is not None:
            self.base.settings = self.settings
            self.base.open()
        try:
            for device in self.devices:
                device.open()
        except BaseException:
            self.close()
            raise
        self.is_open = True

    def close(self) -> None:
        """Makes safe and closes all, each even if another one fails; the first failure is raised at the end."""
        failed = None
        self.make_safe()
        self.is_open = False
        for thing in ([] if self.base is None else [self.base]) + self.devices:
            try:
                thing.close()
            except Exception as error:
                failed = failed or error
        if failed is not None:
            raise failed

    def explain(self, code: int) -> str:
        """The first words that anyone has for this code."""
        parts = ([] if self.base is None else [self.base]) + self.devices
        return "; ".join(words for words in (part.explain(code) for part in parts) if words)

    def header(self) -> dict[str, object]:
        """What the base and the devices found."""
        found = {} if self.base is None else dict(self.base.header())
        return found | {"drives": [device.header() for device in self.devices]}

    def complaints(self) -> list[str]:
        """What base and devices have against arming."""
        parts = ([] if self.base is None else [self.base]) + self.devices
        return [text for part in parts for text in part.complaints()]

    def put_reference(self, channel: str, value: float | None) -> bool:
        """Where the base can, and the channel is its own."""
        mine = all(channel not in device.mailbox.inputs for device in self.devices)
        return mine and self.base is not None and self.base.put_reference(channel, value)

    def clear_faults(self) -> None:
        """Passes a person's reset on to all."""
        for part in ([] if self.base is None else [self.base]) + self.devices:
            part.clear_faults()

    def make_clock(self, realtime: bool) -> object | None:
        """The base's clock. Raises ValueError: virtual time, and a device on a bus that does not live in it."""
        if not realtime:
            for device in self.devices:
                device.in_virtual_time()
        return None if self.base is None else self.base.make_clock(realtime)

    cdef int read(self, Frame* f) noexcept nogil:
        cdef int code = RIG_OK
        cdef int i, answer
        if not self.is_open:
            return RIG_CLOSED
        if self.base is not None:
            self.base.settings = self.settings
            code = self.base.read(f)
        else:
            for i in range(INPUT_COUNT):
                (<double*>f + FIRST_INPUT)[i] = NAN
                f.quality[i] = QUALITY_ABSENT
        for i in range(self.count):
            answer = box_fill(self.boxes[i], f)
            code = code if code < 0 else answer
        return code

    cdef int write(self, const Frame* f) noexcept nogil:
        cdef int i
        if not self.is_open:
            return RIG_CLOSED
        for i in range(self.count):
            box_ask(self.boxes[i], <const double*>f + FIRST_OUTPUT, False)
        if self.base is None:
            return RIG_OK
        self.base.energised = self.energised
        return self.base.write(f)

    cdef int make_safe(self) noexcept nogil:
        cdef int i
        for i in range(self.count):
            if self.energised:
                box_ask(self.boxes[i], self.boxes[i].safe, True)
            else:
                box_ask(self.boxes[i], self.boxes[i].rest, True)
        if self.base is None:
            return RIG_OK
        self.base.energised = self.energised
        return self.base.make_safe()

    cdef int feed_watchdog(self, bint level) noexcept nogil:
        return self.base.feed_watchdog(level) if self.base is not None else RIG_OK
