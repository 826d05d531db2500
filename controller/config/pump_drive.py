"""Where the pump drive of a bench is, and whether bench and drive file fit together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from controller.config.errors import Fault
from controller.config.model import Strict, refuse

if TYPE_CHECKING:
    from controller.config.bench import Bench
    from controller.config.drive import Drive

DRIVE = "pump.drive"  # place of the drive among what a rig is made of
RIGS_WITHOUT = ("virtual", "faulty")  # rigs that have no bus


class PumpDriveTable(Strict):
    """`drive` names the drive file; `tcp` = ``host:port`` or `serial` = a device file. What is not given is the drive file's."""

    drive: Annotated[str, Field(min_length=1, max_length=1000)]
    tcp: Annotated[str, Field(pattern=r"^\S+:\d{1,5}$")] | None = None
    serial: Annotated[str, Field(min_length=1, max_length=1000)] | None = None
    unit: Annotated[int, Field(ge=1, le=247)] = 1
    poll_hz: Annotated[float, Field(gt=0.0, le=500.0)] | None = None
    baud: Annotated[int, Field(ge=1200, le=4_000_000)] | None = None
    parity: Literal["none", "even", "odd"] | None = None
    stop_bits: Literal[1, 2] | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        found = []
        if (self.tcp is None) == (self.serial is None):
            found.append(Fault((), "says neither or both of tcp and serial", "one of them"))
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
    """What is wrong between the drive table and the rest of the bench, without the drive file."""
    rig, table = bench.bench.rig, bench.pump_drive
    if table is None:
        return [Fault(("pump_drive",), "is required and missing: rig = modbus", missing=True)] if rig == "modbus" else []
    found = []
    if rig in RIGS_WITHOUT:
        found.append(Fault(("pump_drive",), f"has no effect on rig = {rig}", "modbus or composite"))
    for name in ("pump_speed_rpm", "pump_enable"):
        if name not in bench.outputs:
            found.append(Fault(("outputs", name), "is required and missing: the bench has a pump drive", missing=True))
    speed = bench.inputs.get("pump_speed_rpm")
    if speed is None:
        found.append(Fault(("inputs", "pump_speed_rpm"), "is required and missing: the bench has a pump drive", missing=True))
    elif not speed.required:
        # SAFETY: a drive that is lost shows as a lost input, and only a required one trips
        what = "must be true: else nothing would happen when the drive is lost"
        found.append(Fault(("inputs", "pump_speed_rpm", "required"), what, "true"))
    return found


def drive_faults(bench: Bench, drive: Drive) -> list[Fault]:
    """What is wrong between the bench and its drive file."""
    assert bench.pump_drive is not None
    found = []
    slowest_ms = 2.0 * max(1000.0 / (bench.pump_drive.poll_hz or drive.bus.poll_hz), 1.5 * drive.bus.turnaround_ms)
    for name in drive.serves:
        channel = bench.inputs.get(name)
        if channel is None:
            continue
        if not slowest_ms <= channel.max_age_ms <= drive.lost_ms:
            allowed = f"{slowest_ms:g} ms (twice the time between two replies) to {drive.lost_ms:g} ms (the drive is lost then)"
            what = f"does not fit the drive {drive.name}"
            if slowest_ms > drive.lost_ms:
                allowed = f"{drive.lost_ms:g} ms"
            if channel.max_age_ms != drive.lost_ms:
                found.append(Fault(("inputs", name, "max_age_ms"), what, allowed))
    speed = bench.outputs.get("pump_speed_rpm")
    if speed is not None and speed.range[1] > drive.speed.highest_rpm:
        what = f"goes beyond the drive {drive.name}"
        found.append(Fault(("outputs", "pump_speed_rpm", "range"), what, f"at most {drive.speed.highest_rpm:g} rpm"))
    return found


def connection(table: PumpDriveTable) -> dict[str, Any]:
    """The table as the rig takes it."""
    return table.model_dump(exclude={"drive"})
