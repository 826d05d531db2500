"""A drive file: how a pump drive speaks Modbus (configs/drives/*.toml). Addresses are those of the telegram, from 0."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from controller.config.errors import Fault
from controller.config.model import Line, Many, Strict, Text, Word, refuse
from controller.config.rooted import Header, Rooted

Address = Annotated[int, Field(ge=0, le=65535)]
Word16 = Annotated[int, Field(ge=0, le=0xFFFF)]
Type = Literal["uint16", "int16", "uint32", "int32", "float32"]
WORDS: dict[str, int] = {"uint16": 1, "int16": 1, "uint32": 2, "int32": 2, "float32": 2}
LARGEST: dict[str, float] = {"uint16": 0xFFFF, "int16": 0x7FFF, "uint32": 0xFFFFFFFF, "int32": 0x7FFFFFFF, "float32": 3.4e38}


class DriveHeader(Header):
    """`profile` says how a simulated drive answers to the words; a real one is described by the tables alone."""

    name: Word
    title: Line
    description: Text = ""
    profile: Literal["abb-drives", "danfoss-fc", "cia-402"]
    source: Line


class BusTable(Strict):
    """How to talk. `turnaround_ms` is what the maker states, request to reply: the drive is lost after max(250 ms, 3 × it)."""

    word_order: Literal["big", "little"] = "big"
    turnaround_ms: Annotated[float, Field(gt=0.0, le=5000.0)]
    poll_hz: Annotated[float, Field(gt=0.0, le=500.0)]
    baud: Annotated[int, Field(ge=1200, le=4_000_000)] = 19200
    parity: Literal["none", "even", "odd"] = "even"
    stop_bits: Literal[1, 2] = 1


class Register(Strict):
    """One value: `type` at `address`; the quantity is counts × per_unit."""

    address: Address
    type: Type
    per_unit: Annotated[float, Field(gt=0.0, le=1e6)] = 1.0

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.address + WORDS[self.type] > 65536:
            refuse([Fault(("address",), f"leaves no room for {self.type}", "at most 65534")])
        return self


class Written(Strict):
    control: Register
    speed: Register


class Read(Strict):
    """Registers read in every exchange; `fault` only while the status shows one. Speed in rpm, current in A, flow in L/min."""

    status: Register
    speed: Register
    current: Register | None = None
    flow: Register | None = None
    fault: Register | None = None


class SpeedTable(Strict):
    """`highest_rpm`: no set point goes beyond it; a reading beyond 1.2 × it is not believed."""

    highest_rpm: Annotated[float, Field(gt=0.0, le=100_000.0)]


class Bits(Strict):
    """Holds where status & mask == value."""

    mask: Word16
    value: Word16

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.mask == 0 or self.value & ~self.mask:
            refuse([Fault((), "can never tell anything", "mask above 0, and value within it")])
        return self


class EnableStep(Bits):
    """A control word that is written until the status reads `value` under `mask`."""

    write: Word16
    within_ms: Annotated[float, Field(gt=0.0, le=60_000.0)]


class Control(Strict):
    """`rest`: the pump shall stand; `enable`: from there to running; `run`: while it runs; `reset`: clears a fault."""

    rest: Word16
    run: Word16
    enable: Many[EnableStep]
    reset: Many[Word16]


class Status(Strict):
    running: Bits
    fault: Bits
    remote: Bits | None = None
    warning: Bits | None = None


class Watchdog(Strict):
    """The drive's own supervision of set points: read at every connection; arming wants it on and quick enough."""

    time: Register
    most_s: Annotated[float, Field(gt=0.0, le=10.0)]
    action: Register
    allowed: Many[int]
    words: Line


class Check(Strict):
    """A constant of the drive: outside `low` to `high` it is another drive, or the word order is wrong."""

    what: Line
    at: Register
    low: float
    high: float


class Faults(Strict):
    """What the fault register means: a `code`, or a word of `bits`. Keys are hexadecimal, as in ``"0x2310"``."""

    kind: Literal["code", "bits"]
    words: dict[Annotated[str, Field(pattern=r"^0x[0-9A-Fa-f]{1,8}$")], Line] = Field(default_factory=dict)


class Drive(Rooted):
    """A pump drive on Modbus. ([drive] is a table of balloon files: their pneumatic drive.)"""

    pump_drive: DriveHeader
    bus: BusTable
    speed: SpeedTable
    write: Written
    read: Read
    control: Control
    status: Status
    watchdog: Watchdog | None = None
    check: Many[Check] = ()
    faults: Faults | None = None

    @property
    def lost_ms(self) -> float:
        """Without a good reply for this long the drive counts as lost."""
        return max(250.0, 3.0 * self.bus.turnaround_ms)

    @property
    def quantities(self) -> tuple[str, ...]:
        """What the drive measures: speed, and current and flow where it has them."""
        read = {"speed": self.read.speed, "current": self.read.current, "flow": self.read.flow}
        return tuple(name for name, register in read.items() if register is not None)

    def own_faults(self) -> list[Fault]:
        found = []
        for table, register in (("write", self.write.speed), ("read", self.read.speed)):
            most = LARGEST[register.type] * register.per_unit
            if self.speed.highest_rpm > most:
                what = f"cannot hold highest_rpm = {self.speed.highest_rpm:g}: {register.type} ends at {most:g} rpm"
                found.append(
                    Fault((table, "speed"), what, f"per_unit of at least {self.speed.highest_rpm / LARGEST[register.type]:.3g}")
                )
        for table, key, register in (("write", "control", self.write.control), ("read", "status", self.read.status)):
            if WORDS[register.type] != 1 or register.per_unit != 1.0:
                found.append(Fault((table, key), "is a word of bits", 'type = "uint16" without per_unit'))
        if not self.control.enable:
            found.append(Fault(("control", "enable"), "is empty: the drive could not be started", "one step at least"))
        if (self.read.fault is None) != (self.faults is None):
            found.append(Fault(("faults",), "belongs to read.fault: one of them is missing", "both, or neither"))
        own = {self.write.control.address, self.write.speed.address}
        if len(own) < 2 or (WORDS[self.write.speed.type] == 2 and self.write.control.address == self.write.speed.address + 1):
            found.append(Fault(("write", "speed"), "lies on the control word"))
        for i, check in enumerate(self.check):
            if check.low > check.high:
                found.append(Fault(("check", i, "low"), f"is above high = {check.high:g}"))
        return found
