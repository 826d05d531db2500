"""Adding a record to the file beside the bench: in one piece, never losing one that is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from controller.config.calibration import Calibration, calibration_of, file_of
from controller.config.calibration_record import Actuator, Kept, Leak, Sensor
from controller.config.errors import ConfigError, Problem
from controller.config.find import shipped

if TYPE_CHECKING:
    from controller.config.bench import Bench


def refuse_shipped(bench: Bench) -> None:
    """Raises ConfigError for a bench that comes with the program: what is measured belongs to one bench, not to all."""
    path = bench.source.path
    if path is None or shipped() not in path.resolve().parents:
        return
    what = "comes with the program and stands for no bench in particular: nothing is kept beside it"
    copy = f"a copy (cp {path} my-bench.toml) and --bench ./my-bench.toml, or --dry-run to measure and keep nothing"
    raise ConfigError([Problem("--bench", "", bench.name, what, copy)])


def add(bench: Bench, *records: Sensor | Actuator | Leak) -> Calibration:
    """Adds records and returns the calibration as it is now.

    Raises:
        ConfigError: the file that is there is damaged (it is left as it is), or the bench is a shipped one. OSError.
    """
    refuse_shipped(bench)
    before = calibration_of(bench)
    kept = before.kept if before is not None else Kept(bench=bench.name)
    after = kept.model_copy(
        update={
            "sensors": (*kept.sensors, *(row for row in records if isinstance(row, Sensor))),
            "actuators": (*kept.actuators, *(row for row in records if isinstance(row, Actuator))),
            "leaks": (*kept.leaks, *(row for row in records if isinstance(row, Leak))),
        }
    )
    path = file_of(bench)
    draft = path.with_name(path.name + ".part")
    draft.write_text(after.model_dump_json(indent=2) + "\n", encoding="utf-8")
    draft.replace(path)
    found = calibration_of(bench)
    assert found is not None
    return found
