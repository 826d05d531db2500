"""What a run says of itself: to the recording, to telemetry, to the summary."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from controller.job.request import Request
from controller.version import build_id, version

if TYPE_CHECKING:
    from controller.config.experiment import Experiment


def identity(experiment: Experiment, request: Request, t0_epoch_s: float) -> dict[str, object]:
    """What ran, on what, made by which software: part of every file of the run."""
    bench, notes = experiment.bench.bench, request.notes
    return {
        "software_version": version(),
        "build_id": build_id(),
        "seed": request.seed,
        "simulated": bench.simulated,
        "hardware": hardware(experiment),
        "record": [path.name for path in experiment.records],
        "t0_epoch_s": t0_epoch_s,
        "period_us": experiment.bench.loop.period_us,
        "bench": bench.name,
        "patient": experiment.patient.patient.name if experiment.patient else None,
        "devices": {place: device.name for place, device in experiment.devices.items()},
        "drives": {name: drive.name for name, drive in experiment.drives.items()},
        "calibration": experiment.calibration.summary() if experiment.calibration is not None else None,
        "law": bench.law,
        "dut": experiment.dut.as_dict() if experiment.dut is not None else None,
        "realtime": not request.fast,
        "faults": [str(fault) for fault in request.faults],
        "notes": {
            "operator": notes.operator,
            "dut": notes.dut,
            "fluid": notes.fluid,
            "temperature_C": notes.temperature_C,
            "note": notes.note,
        },
    }


def hardware(experiment: Experiment) -> str:
    """What stands behind the inputs and outputs, in words."""
    if experiment.records:
        return f"RECORDED PATIENT ({', '.join(path.name for path in experiment.records)}), SIMULATED actuators"
    return "SIMULATED" if experiment.bench.bench.simulated else experiment.bench.title


def header(experiment: Experiment, request: Request, t0_epoch_s: float) -> dict[str, object]:
    """The header of the recording (controller.recording.header)."""
    from cext.tables.metrics import beat_columns

    return {
        **identity(experiment, request, t0_epoch_s),
        "protocol": experiment.protocol.protocol.name if experiment.protocol else None,
        "settings": experiment.settings.values_by_path,
        "settings_from": {path: entry.origin for path, entry in experiment.settings.changed.items()},
        "metrics": beat_columns(),
        "configuration": experiment.texts,
    }


def meta(experiment: Experiment, request: Request, t0_epoch_s: float, folder: Path) -> dict[str, object]:
    """The retained description on MQTT (controller.telemetry.meta)."""
    from controller.telemetry.meta import meta as describe

    bench = experiment.bench
    return describe(
        bench=bench.bench.name,
        simulated=bench.bench.simulated,
        software={"name": "mockloop", "version": version(), "build": build_id()},
        period_us=bench.loop.period_us,
        epoch_s=None if request.fast else t0_epoch_s,
        ranges={f"in.{name}": row.range for name, row in bench.inputs.items()},
        protocol=experiment.protocol.protocol.name if experiment.protocol else None,
        patient=experiment.patient.patient.name if experiment.patient else None,
        run=str(folder),
    )
