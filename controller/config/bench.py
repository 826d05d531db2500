"""A bench file: which rig, which channels with their limits, what it offers (configs/benches/*.toml).

Numbers of a channel are in the unit of its signal (cext/tables/signals/{in,out}.toml), which its name ends in.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from cext.tables.load import Signal, inputs, outputs
from controller.config.capabilities import CAPABILITIES, CapabilityName, twice
from controller.config.drives import DriveTable, bench_faults
from controller.config.dut import Dut, dut_faults
from controller.config.errors import Fault
from controller.config.limits import band_faults
from controller.config.model import Line, Many, Range, Strict, Text, Word, refuse
from controller.config.nearest import nearest
from controller.config.rooted import Header, Rooted
from controller.config.settings import Settings
from controller.config.wired import wired_faults
from controller.config.wiring import Daq, Watchdog, Wire

Milliseconds = Annotated[float, Field(ge=0.0, le=10_000.0)]
LONGEST_PLANT_STEP_US = 2000  # rigs/virtual.pyx
LONGEST_DELAY_TICKS = 254  # delay lines of cext/plant/sensor.pxd and actuator.pxd
BUILT_IN_RIGS = ("virtual", "faulty", "nidaq", "simulated-wires", "recording", "loopback")
ON_PLANT = ("virtual", "simulated-wires")  # rigs with the virtual plant behind them
ON_WIRES = ("nidaq", "simulated-wires")
PLAYED = "recording"  # the rig that plays a record
LOOPED = "loopback"  # the rig whose ECG and pressure outputs are its inputs
LARGEST = 1.7e308
DEVICE = "device"  # an output's safe or standby value that the fitted device's file declares


def _number_or_device(given: object) -> object:
    allowed = f'a number, or "{DEVICE}": what the device file says'
    if isinstance(given, bool) or not (isinstance(given, (int, float)) or given == DEVICE):
        refuse([Fault((), "is neither a number nor the word device", allowed)])
    if isinstance(given, (int, float)) and not abs(given) <= LARGEST:
        refuse([Fault((), "is not finite", allowed)])
    return given


Level = Annotated[float | Literal["device"], BeforeValidator(_number_or_device)]


class Sensor(Strict):
    """How a simulated channel measures. Either a first-order lag or a second-order line (natural_hz and damping), not both."""

    gain_error_pct: float = Field(0.0, ge=-50.0, le=50.0)
    offset: float = 0.0
    drift_per_h: float = 0.0
    noise_rms: float = Field(0.0, ge=0.0)
    lag_ms: Milliseconds = 0.0
    natural_hz: float | None = Field(None, gt=0.0, le=500.0)
    damping: float | None = Field(None, gt=0.0, le=5.0)
    delay_ms: Milliseconds = 0.0
    bits: int | None = Field(None, ge=4, le=32)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.natural_hz is None) != (self.damping is None):
            refuse([Fault((), "has one of natural_hz and damping", "both, or neither")])
        if self.natural_hz is not None and self.lag_ms > 0.0:
            refuse([Fault(("lag_ms",), "is given beside natural_hz", "a first-order lag or a second-order line")])
        return self


class Actuator(Strict):
    """How a simulated output follows its command: dead time, then a first-order lag."""

    delay_ms: Milliseconds = 0.0
    lag_ms: Milliseconds = 0.0


class Input(Strict):
    """A measured channel: outside `range`, older than `max_age_ms` or not finite it is bad, and trips if `required`.

    `channel`: where a record is played, the name of its channel; without it the first of the kind (ECG, arterial pressure).
    """

    range: Range
    required: bool = False
    max_age_ms: float = Field(5.0, gt=0.0, le=60_000.0)
    least_activity: float = Field(0.0, ge=0.0)  # least change in 180 ms; 0 = not checked
    trip_high: float | None = None
    trip_low: float | None = None
    sensor: Sensor = Field(default_factory=Sensor)
    wire: Wire | None = None
    channel: Line | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        low, high = self.range
        found = [Fault(("range",), "does not rise", "[low, high] with low < high")] if low >= high else []
        for key, limit in (("trip_low", self.trip_low), ("trip_high", self.trip_high)):
            if limit is not None and low < high and not low < limit < high:
                what = "lies outside the range: a transducer that saturates never shows it"
                found.append(Fault((key,), what, f"between {low:g} and {high:g}"))
        found += band_faults("trip_low", self.trip_low, "trip_high", self.trip_high)
        if self.least_activity > 0.0 and not self.required:
            found.append(Fault(("least_activity",), "has no effect on an input that is not required", "required = true"))
        refuse(found)
        return self


class Output(Strict):
    """A driven channel. `rest` before arming, `standby` while armed, `safe` after a trip; `slew_per_s` 0 = not limited."""

    range: Range
    rest: float
    safe: Level
    standby: Level
    slew_per_s: float = Field(0.0, ge=0.0)
    actuator: Actuator = Field(default_factory=Actuator)
    wire: Wire | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        low, high = self.range
        if low >= high:
            refuse([Fault(("range",), "does not rise", "[low, high] with low < high")])
        values = {"rest": self.rest, "safe": self.safe, "standby": self.standby}
        refuse(
            Fault((key,), "lies outside the output's range", f"{low:g} to {high:g}")
            for key, value in values.items()
            if value != DEVICE and not low <= float(value) <= high
        )
        return self


class LoopPolicy(Strict):
    """Period of the tick, and what a missed deadline does: it is always counted; ``trip`` after more than `overrun_limit`."""

    period_us: int = Field(1000, ge=200, le=100_000)
    overrun: Literal["count", "trip"] = "count"
    overrun_limit: int = Field(0, ge=0, le=1_000_000)


class Recording(Strict):
    """The record that is played in place of a patient: its files (one time origin), from where, and whether again and again."""

    record: Many[Line] = ()
    start_s: float = Field(0.0, ge=0.0, le=1e6)
    loop: bool = False


class BenchHeader(Header):
    """`rig` is the kind of rig that is opened; `metrics_from` says whether metrics see the plant or only the inputs.

    `law` names a law of a package, or a class in a file beside this one as ``file.py:Name`` (docs/laws.md).
    `balloon` names the device file of the balloon and drive that are fitted (the rotary pump is the setting ``pump.device``).
    """

    name: Word
    title: Line
    description: Text = ""
    rig: Word
    simulated: bool
    offers: Many[CapabilityName] = ()
    metrics_from: Literal["plant", "inputs"]
    balloon: Annotated[str, Field(min_length=1, max_length=1000)] | None = None
    law: Annotated[str, Field(min_length=1, max_length=1000)] | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        found = twice("offers", self.offers)
        if self.metrics_from == "plant" and "patient-model" not in self.offers:
            what = "needs a patient model, which the bench does not offer"
            found.append(Fault(("metrics_from",), what, "inputs", absent_from=("offers",)))
        simulated = self.rig in (*ON_PLANT, PLAYED, LOOPED)
        if self.simulated != simulated and self.rig in (*ON_PLANT, *ON_WIRES, PLAYED, LOOPED):
            found.append(Fault(("simulated",), f"contradicts rig = {self.rig}", str(simulated).lower()))
        if self.rig in ON_PLANT and "iabp" in self.offers and self.balloon is None:
            found.append(Fault(("balloon",), f"is required and missing: the {self.rig} bench offers iabp", missing=True))
        if self.rig in ("nidaq", PLAYED, LOOPED) and "patient-model" in self.offers:
            behind = {"nidaq": "real wires", PLAYED: "a record"}.get(self.rig, "its own outputs")
            found.append(Fault(("offers",), f"cannot hold patient-model: there is no model behind {behind}"))
        if self.rig not in BUILT_IN_RIGS and self.rig not in (kinds := _rig_kinds()):
            found.append(Fault(("rig",), "unknown kind of rig", ", ".join(kinds), nearest(self.rig, kinds)))
        refuse(found)
        return self


class Bench(Rooted):
    """A whole bench. Keys of `inputs` and `outputs` are the names in the signal table, without ``in.`` and ``out.``."""

    bench: BenchHeader
    loop: LoopPolicy = Field(default_factory=LoopPolicy)
    daq: Daq | None = None
    watchdog: Watchdog = Field(default_factory=Watchdog)
    inputs: dict[str, Input] = Field(default_factory=dict)
    outputs: dict[str, Output] = Field(default_factory=dict)
    drives: dict[Word, DriveTable] = Field(default_factory=dict)
    recording: Recording | None = None
    dut: Dut | None = None
    set: Settings = Field(default_factory=dict[str, Any])

    def own_faults(self) -> list[Fault]:
        found = _channel_faults("inputs", self.inputs, inputs()) + _channel_faults("outputs", self.outputs, outputs())
        for name in self.bench.offers:
            needs = CAPABILITIES[name]
            for table, channels, given in (("inputs", needs.inputs, self.inputs), ("outputs", needs.outputs, self.outputs)):
                found += [
                    Fault((table, channel), f"is required and missing: the bench offers {name}", missing=True)
                    for channel in channels
                    if channel not in given
                ]
            if needs.one_of and not any(channel in self.inputs for channel in needs.one_of):
                what = f"have no {' and no '.join(needs.one_of)}: the bench offers {name}, which is triggered by one of them"
                found.append(Fault(("inputs",), what, "one of them", absent_from=("inputs",)))
        if not self.bench.simulated and self.outputs and "estop" not in self.inputs:
            what = "is required and missing: a physical bench has a hard-wired emergency stop and shows it"
            found.append(Fault(("inputs", "estop"), what, missing=True))
        if self.bench.rig in ON_PLANT:
            found += self._plant_faults()
        if self.bench.rig in ON_WIRES:
            found += wired_faults(self)
        elif self.bench.rig != "modbus":
            found += self._wireless_faults()
        found += self._played_faults()
        found += bench_faults(self)
        found += dut_faults(self.dut, self.inputs)
        for name, channel in self.inputs.items():
            if channel.max_age_ms * 1000.0 < self.loop.period_us:
                allowed = f"at least {self.loop.period_us / 1000.0:g} ms, the period of the loop"
                found.append(Fault(("inputs", name, "max_age_ms"), "is shorter than a tick", allowed))
        return found

    def _wireless_faults(self) -> list[Fault]:
        """Wiring that nothing would look at."""
        what = f"has no effect: rig = {self.bench.rig} has no wires"
        given: list[tuple[str, ...]] = [(key,) for key in ("daq", "watchdog") if key in self.model_fields_set]
        given += [("inputs", name, "wire") for name, row in self.inputs.items() if row.wire is not None]
        given += [("outputs", name, "wire") for name, row in self.outputs.items() if row.wire is not None]
        return [Fault(loc, what) for loc in given]

    def _played_faults(self) -> list[Fault]:
        """What is said of a record where none is played."""
        if self.bench.rig == PLAYED:
            return []
        given: list[tuple[str, ...]] = [("recording",)] if self.recording is not None else []
        given += [("inputs", name, "channel") for name, row in self.inputs.items() if row.channel is not None]
        return [Fault(loc, f"has no effect: rig = {self.bench.rig} plays no record", f'rig = "{PLAYED}"') for loc in given]

    def _plant_faults(self) -> list[Fault]:
        found = []
        if self.loop.period_us > LONGEST_PLANT_STEP_US:
            allowed = f"at most {LONGEST_PLANT_STEP_US} us, the longest step of the plant"
            found.append(Fault(("loop", "period_us"), "is too long for the virtual rig", allowed))
        longest_ms = LONGEST_DELAY_TICKS * self.loop.period_us / 1000.0
        delays = {("inputs", name, "sensor", "delay_ms"): row.sensor.delay_ms for name, row in self.inputs.items()}
        delays |= {("outputs", name, "actuator", "delay_ms"): row.actuator.delay_ms for name, row in self.outputs.items()}
        for loc, delay_ms in delays.items():
            if delay_ms > longest_ms:
                allowed = f"at most {longest_ms:g} ms, {LONGEST_DELAY_TICKS} ticks"
                found.append(Fault(loc, "is too long for the virtual rig", allowed))
        return found


def _rig_kinds() -> list[str]:
    from rigs.registry import kinds  # here: it looks through the installed packages

    return kinds()


def _channel_faults(table: str, given: dict[str, Any], signals: tuple[Signal, ...]) -> list[Fault]:
    known = [signal.path.partition(".")[2] for signal in signals]
    return [
        Fault((table, name), f"unknown {table[:-1]}", ", ".join(known), nearest(name.partition(".")[2] or name, known))
        for name in given
        if name not in known
    ]
