"""What `mockloop run` was asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from controller.faults import Fault


@dataclass(frozen=True, slots=True)
class Notes:
    """What people say of a run; stored and printed in the report."""

    operator: str = ""
    dut: str = ""
    fluid: str = ""
    temperature_C: float | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """One run. Names are those of `mockloop list`, or files; `sets` holds PATH=VALUE as typed; `faults` happen on the way."""

    protocol: str
    bench: str | None = None
    patient: str | None = None
    fast: bool = False
    seed: int = 1
    out: Path | None = None
    sets: tuple[str, ...] = ()
    mqtt: str = "embedded"
    policy: str = "full"
    notes: Notes = field(default_factory=Notes)
    faults: tuple[Fault, ...] = ()
    recording: tuple[Path, ...] = ()
    mqtt_keys: Path | None = None  # of those who may command over MQTT
