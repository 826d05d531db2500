"""Where the pump drives of a bench are, and whether bench and drive file fit together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal, Protocol, Self, TypeVar

from pydantic import Field, model_validator

from controller.config.errors import Fault, Loc
from controller.config.model import Strict, refuse

if TYPE_CHECKING:
    from controller.config.bench import Bench
    from controller.config.drive import Drive
    from controller.config.experiment import Experiment
    from controller.config.wiring import Wire


class _Channel(Protocol):
    @property
    def wire(self) -> Wire | None: ...


R = TypeVar("R", bound=_Channel)
MEASURED = ("speed", "current", "flow")
DRIVEN = ("speed", "enable")
TRIP_TICKS = 6  # bad ticks in a row until a required input trips (cext/tables/conditions.toml, input_lost)


class DriveTable(Strict):
    """`drive` names the drive file; `tcp` = ``host:port``, `serial` = a device file, or `simulated`: the bench's own.

    What is not given is the drive file's.
    """

    drive: Annotated[str, Field(min_length=1, max_length=1000)]
    tcp: Annotated[str, Field(pattern=r"^\S+:\d{1,5}$")] | None = None
    serial: Annotated[str, Field(min_length=1, max_length=1000)] | None = None
    simulated: bool = False
    unit: Annotated[int, Field(ge=1, le=247)] = 1
    poll_hz: Annotated[float, Field(gt=0.0, le=500.0)] | None = None
    baud: Annotated[int, Field(ge=1200, le=4_000_000)] | None = None
    parity: Literal["none", "even", "odd"] | None = None
    stop_bits: Literal[1, 2] | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        found = []
        if [self.tcp is not None, self.serial is not None, self.simulated].count(True) != 1:
            found.append(Fault((), "says none or several of tcp, serial and simulated", "one of them"))
        if self.tcp is not None:
            if not 0 < int(self.tcp.rpartition(":")[2]) < 65536:
                found.append(Fault(("tcp",), "has no such port", "host:port with a port of 1 to 65535"))
            found += [
                Fault((key,), "has no effect beside tcp", "only with serial")
                for key in ("baud", "parity", "stop_bits")
                if getattr(self, key) is not None
            ]
        refuse(found)
        return self


def bench_faults(bench: Bench) -> list[Fault]:
    """What is wrong between the drives and the rest of the bench, without the drive files."""
    found = []
    if bench.bench.rig == "modbus" and not bench.drives:
        found.append(Fault(("drives",), "is required and missing: rig = modbus", missing=True))
    if bench.bench.rig == "virtual" and bench.drives:
        found.append(Fault(("drives",), "has no effect on the virtual rig", "a rig with wires"))
    for name, table in bench.drives.items():
        if table.simulated and bench.bench.rig != "simulated-wires":
            found.append(Fault(("drives", name, "simulated"), f"is not possible: rig = {bench.bench.rig}", "tcp or serial"))
        if not table.simulated and bench.bench.rig == "simulated-wires":
            what = "is no simulated drive: a bench whose wires are simulated never touches a real one"
            found.append(Fault(("drives", name), what, "simulated = true"))
    for channel, row in bench.inputs.items():
        found += _wire_faults(bench, ("inputs", channel), row.wire, MEASURED)
    for channel, out in bench.outputs.items():
        found += _wire_faults(bench, ("outputs", channel), out.wire, DRIVEN)
    for name in bench.drives:
        found += _wiring_faults(bench, name)
    return found


def _wire_faults(bench: Bench, loc: Loc, wire: Wire | None, known: tuple[str, ...]) -> list[Fault]:
    found = []
    if wire is None or wire.drive is None:
        if bench.bench.rig == "modbus":
            what = "leads nowhere: rig = modbus has drives and nothing else"
            found.append(Fault((*loc, "wire"), what, "drive and quantity", missing=wire is None))
        return found
    if wire.drive not in bench.drives:
        what = f"names the drive {wire.drive}, which the bench does not have"
        known_drives = ", ".join(bench.drives) or "a table [drives.NAME]"
        found.append(Fault((*loc, "wire", "drive"), what, known_drives, absent_from=("drives",)))
    if wire.quantity not in known:
        found.append(Fault((*loc, "wire", "quantity"), "is nothing that a drive has here", ", ".join(known)))
    return found


def _wiring_faults(bench: Bench, name: str) -> list[Fault]:
    found = []
    driven = [row.wire.quantity for row in wired(bench.outputs, name).values() if row.wire is not None]
    for quantity in DRIVEN:
        if driven.count(quantity) != 1:
            what = f"{'has no output' if quantity not in driven else 'has several outputs'} for its {quantity}"
            found.append(
                Fault(("drives", name), what, f'one output with wire = {{ drive = "{name}", quantity = "{quantity}" }}')
            )
    measured = wired(bench.inputs, name)
    speeds = [row for row in measured.values() if row.wire is not None and row.wire.quantity == "speed"]
    if not any(row.required for row in speeds):
        # SAFETY: a drive that is lost or in fault shows as a lost input, and only a required one trips
        what = "has no required input for its speed: nothing would happen when the drive is lost"
        found.append(
            Fault(("drives", name), what, f'an input with required = true, wire = {{ drive = "{name}", quantity = "speed" }}')
        )
    return found


def wired(rows: Mapping[str, R], name: str) -> dict[str, R]:
    """The channels that are wired to this drive."""
    return {channel: row for channel, row in rows.items() if row.wire is not None and row.wire.drive == name}


def drive_faults(bench: Bench, name: str, drive: Drive) -> list[Fault]:
    """What is wrong between the bench and the file of its drive `name`."""
    found = []
    table = bench.drives[name]
    latest_ms = drive.lost_ms - TRIP_TICKS * bench.loop.period_us * 1e-3
    period_ms = max(1000.0 / (table.poll_hz or drive.bus.poll_hz), 1.5 * drive.bus.turnaround_ms)
    earliest_ms = min(period_ms + drive.bus.turnaround_ms, latest_ms)
    for channel, row in wired(bench.inputs, name).items():
        place: Loc = ("inputs", channel)
        assert row.wire is not None
        if row.wire.quantity in MEASURED and row.wire.quantity not in drive.quantities:
            what = f"the drive {drive.name} does not measure its {row.wire.quantity}"
            found.append(Fault((*place, "wire", "quantity"), what, ", ".join(drive.quantities)))
        age_ms = row.max_age_ms
        if not earliest_ms <= age_ms <= latest_ms:
            allowed = f"{earliest_ms:g} ms (from a reply to the next) to {latest_ms:g} ms (the drive is lost after {drive.lost_ms:g} ms)"
            found.append(Fault((*place, "max_age_ms"), f"does not fit the drive {drive.name}", allowed))
    for channel, out in wired(bench.outputs, name).items():
        assert out.wire is not None
        if out.wire.quantity == "speed" and out.range[1] > drive.speed.highest_rpm:
            what = f"goes beyond the drive {drive.name}"
            found.append(Fault(("outputs", channel, "range"), what, f"at most {drive.speed.highest_rpm:g} rpm"))
    return found


def drive_tables(experiment: Experiment) -> dict[str, dict[str, Any]]:
    """The drives as the rig takes them: the bench's table, and the drive file's tables under ``file``."""
    return {
        name: table.model_dump() | {"file": experiment.drives[name].model_dump()}
        for name, table in experiment.bench.drives.items()
        if name in experiment.drives
    }
