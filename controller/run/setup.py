"""What a run is made of, once every file has been read and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from controller.run.job import Job
from controller.session.session import Value
from controller.version import build_id, version

if TYPE_CHECKING:
    from controller.config.bench import Bench
    from controller.config.device import Device
    from controller.config.patient import Patient
    from controller.config.protocol import Protocol


@dataclass(frozen=True, slots=True)
class Setup:
    """Everything a run needs. `files`: name in the run folder's config/ -> text as used; `values`: settings by path."""

    job: Job
    protocol: Protocol
    bench: Bench
    patient: Patient | None
    devices: Mapping[str, Device]
    values: Mapping[str, Value]
    origins: Mapping[str, str]
    files: Mapping[str, str]

    def header(self, t0_epoch_s: float) -> dict[str, object]:
        """What the recording says of the run (controller.recording.header)."""
        from cext.tables.metrics import metrics

        notes = self.job.notes
        return {
            "software_version": version(),
            "build_id": build_id(),
            "seed": self.job.seed,
            "simulated": self.bench.bench.simulated,
            "hardware": "SIMULATED" if self.bench.bench.simulated else self.bench.bench.title,
            "t0_epoch_s": t0_epoch_s,
            "period_us": self.bench.loop.period_us,
            "protocol": self.protocol.protocol.name,
            "bench": self.bench.bench.name,
            "patient": self.patient.patient.name if self.patient else None,
            "realtime": not self.job.fast,
            "settings": dict(self.values),
            "settings_from": dict(self.origins),
            "notes": {"operator": notes.operator, "dut": notes.dut, "fluid": notes.fluid, "temperature_C": notes.temperature_C,
                      "note": notes.note},
            "metrics": {name: row.unit for name, row in metrics().items()},
            "configuration": dict(self.files),
        }  # fmt: skip

    def meta(self, t0_epoch_s: float, folder: Path) -> dict[str, object]:
        """What telemetry says of the run, retained (controller.telemetry.meta)."""
        from controller.telemetry.meta import meta

        return meta(
            bench=self.bench.bench.name,
            simulated=self.bench.bench.simulated,
            software={"name": "mockloop", "version": version(), "build": build_id()},
            period_us=self.bench.loop.period_us,
            epoch_s=t0_epoch_s if not self.job.fast else None,
            ranges={f"in.{name}": row.range for name, row in self.bench.inputs.items()},
            protocol=self.protocol.protocol.name,
            patient=self.patient.patient.name if self.patient else None,
            run=str(folder),
        )
