"""The bus devices of a bench: which channels are wired to which drive."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rigs.modbus.pump_drive import PumpDrive


def bus_devices(
    inputs: Mapping[str, Any], outputs: Mapping[str, Any], tables: Mapping[str, Any], period_s: float
) -> list[PumpDrive]:
    """A `PumpDrive` for every drive of the bench.

    Args:
        inputs, outputs: rows of the bench file; those with ``wire = { drive = NAME, quantity = … }`` belong to a drive.
        tables: the bench's other tables; ``drives[NAME]`` says where the drive is, and holds its drive file as ``file``.
        period_s: of the loop; a drive has a pace of its own.

    Raises:
        ValueError: a quantity that a drive does not have.
    """
    made: list[PumpDrive] = []
    for name, table in (tables.get("drives") or {}).items():
        measured = {row["wire"]["quantity"]: channel for channel, row in inputs.items() if _wired(row, name)}
        driven = {
            row["wire"]["quantity"]: (channel, float(row["safe"])) for channel, row in outputs.items() if _wired(row, name)
        }
        connection = {key: value for key, value in table.items() if key not in ("file", "drive", "simulated")}
        if table.get("simulated"):
            from rigs.simdrive.hosted import SimulatedPumpDrive
            from rigs.simdrive.shaft import Shaft

            made.append(SimulatedPumpDrive(name, table["file"], connection, measured, driven, Shaft()))
        else:
            made.append(PumpDrive(name, table["file"], connection, measured, driven))
    return made


def _wired(row: Mapping[str, Any], name: str) -> bool:
    wire = row.get("wire")
    return wire is not None and wire.get("drive") == name
