"""A run as a TDMS file, for LabVIEW and DIAdem: groups frames, beats and events; unit_string and description at each channel."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from controller.recording.newborn import newborn
from controller.runs.events import KEYS
from controller.runs.export_source import ExportSource


def write(source: ExportSource, target: Path) -> list[Path]:
    """run.tdms. Raises OSError where it cannot be written."""
    from nptdms import ChannelObject, GroupObject, RootObject, TdmsWriter

    root = RootObject({key: value for key, value in source.attributes.items() if isinstance(value, (str, int, float))})
    group = GroupObject("frames", {"description": "every recorded row, a channel a signal"})
    with newborn(target / "run.tdms") as path, TdmsWriter(str(path)) as writer:
        for rows in source.walk():
            channels = [
                ChannelObject(
                    "frames",
                    c.name,
                    np.ascontiguousarray(c.with_nan(rows)),
                    {"unit_string": c.unit, "description": c.description},
                )
                for c in source.columns
            ]
            writer.write_segment([root, group, *channels])
        beats = source.beats
        writer.write_segment([
            ChannelObject("beats", name, np.ascontiguousarray(beats[name]), {"unit_string": source.beat_units.get(name, "")})
            for name in beats.dtype.names or ()
        ])  # fmt: skip
        for key in KEYS if source.events else ():
            values = [json.dumps(event[key]) if key == "data" else event[key] for event in source.events]
            numbers = key in ("t_s", "tick", "epoch_s")
            kind = np.int64 if key == "tick" else np.float64
            writer.write_segment(
                [ChannelObject("events", key, np.array(values, kind) if numbers else [str(v) for v in values])]
            )
    return [target / "run.tdms"]
