"""A device on a slow bus, as the tick sees it: set points in, last good values and their age out, and nobody ever waits.

The device's own thread (Python, at the bus's own rate) calls `asked`, `post` and `fail`; the tick calls box_fill and box_ask.
Each direction is a latest-value cell, so a slow bus costs the tick nothing and a dead one shows as age.
"""

from libc.math cimport NAN

from cext.cell cimport Cell
from rigs.lockstep cimport Lockstep

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from cext.tables import load


class Wanted(NamedTuple):
    """What the tick wants of a device: outputs by channel name, in the unit of the signal table."""

    outputs: dict[str, float]
    safe: bool       # make safe, whatever the outputs say
    age_s: float     # since the tick last wrote; a growing age means that the tick has died


cdef class Mailbox:
    """`inputs`: channels that the device measures (``pump_speed_rpm``); `outputs`: channels that it drives, each with its safe
    value; `rest`: their values while nothing is energised (0 where not named). Names without ``in.`` and ``out.``. Raises ValueError for a channel that the signal table does not have.
    """

    def __init__(self, inputs: Sequence[str], outputs: Mapping[str, float], rest: Mapping[str, float] = {}) -> None:
        cdef int i
        ins = [s.path[3:] for s in load.inputs()]
        outs = [s.path[4:] for s in load.outputs()]
        unknown = [n for n in inputs if n not in ins] + [n for n in outputs if n not in outs]
        if unknown:
            raise ValueError(f"mailbox: channels {unknown} are not in the signal table")
        self.down, self.up = Cell(sizeof(Asked)), Cell(sizeof(Answered))
        self.box.down, self.box.up = self.down.slots, self.up.slots
        for i, name in enumerate(inputs):
            self.box.gives[i] = ins.index(name)
        for i, name in enumerate(outputs):
            self.box.takes[i] = outs.index(name)
            self.box.safe[outs.index(name)] = outputs[name]
            self.box.rest[outs.index(name)] = rest.get(name, 0.0)
        self.box.give_count, self.box.take_count = len(inputs), len(outputs)
        for i in range(INPUT_COUNT):
            self.posted.input[i] = self.box.answered.input[i] = NAN

    def live_in(self, Lockstep steps not None) -> None:
        """Ages count in the virtual time of `steps` from now on, whose turns the tick gives."""
        self.steps = steps
        self.box.turn = &steps.turn

    @property
    def inputs(self) -> list[str]:
        """Channels that the device measures."""
        names = [s.path[3:] for s in load.inputs()]
        return [names[self.box.gives[i]] for i in range(self.box.give_count)]

    @property
    def outputs(self) -> list[str]:
        """Channels that the device drives."""
        names = [s.path[4:] for s in load.outputs()]
        return [names[self.box.takes[i]] for i in range(self.box.take_count)]

    def asked(self) -> Wanted | None:
        """What the tick wants now; None before its first write."""
        cdef Asked found
        if not self.down.get(&found):
            return None
        indices = [self.box.takes[i] for i in range(self.box.take_count)]
        values = dict(zip(self.outputs, [found.output[i] for i in indices], strict=True))
        return Wanted(values, found.safe != 0.0, (box_now_ns(&self.box) - found.at_ns) * 1e-9)

    def post(self, values: Mapping[str, float], bad: bool = False) -> None:
        """A good reply has come: these channels are fresh as of now, and an earlier `fail` is over.

        `bad`: the device says of itself that it is not to be relied upon (in fault, not under our control): its channels get
        QUALITY_DRIVER, so that required ones trip, and nobody else's values are touched.

        Raises ValueError for a channel that is not the device's.
        """
        given = self.inputs
        for name, value in values.items():
            if name not in given:
                raise ValueError(f"mailbox: {name} is no input of this device; they are {', '.join(given)}")
            self.posted.input[self.box.gives[given.index(name)]] = value
        self.posted.at_ns, self.posted.known = box_now_ns(&self.box), 1.0
        self.posted.bad = 1.0 if bad else 0.0
        self.posted.code = 0.0
        self.up.put(&self.posted)

    def fail(self, code: int) -> None:
        """The device itself reports a fault (`code` below 0): the bench trips in the next tick. A silence needs no call."""
        if code >= 0:
            raise ValueError(f"mailbox: an error code is below 0, not {code}")
        self.posted.code = code
        self.up.put(&self.posted)
