"""The record that a bench plays, read for its rig."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from controller.config.errors import ConfigError, Problem

if TYPE_CHECKING:
    from controller.config.experiment import Experiment


def record_table(experiment: Experiment) -> dict[str, Any]:
    """What the rig ``recording`` takes: samples at the loop's period, and what to say of them.

    Raises:
        ConfigError: no record is named, or it cannot be read.
    """
    from controller.config.bench import Recording
    from controller.signals import RecordError
    from controller.signals.playing import played

    bench, records = experiment.bench, experiment.records
    table = bench.recording or Recording()
    if not records:
        what = f"the bench {bench.name} plays a record, and none is named"
        raise ConfigError([Problem("--recording", "", "", what, '--recording RECORD, or record = ["…"] under [recording]')])
    wanted = {name: row.channel for name, row in bench.inputs.items()}
    try:
        found = played(records, wanted, bench.loop.period_us * 1e-6, table.start_s)
    except RecordError as error:
        raise ConfigError([Problem("--recording", "", str(records[0]), str(error).removeprefix(f"{records[0]}: "))]) from None
    return {"values": found.values, "inputs": found.inputs, "loop": table.loop, "about": found.about(records)}
