"""A run as a MATLAB file (version 5): structs frames, beats and events, and units and descriptions beside them.

MATLAB's names have no dots: ``in.aop_mmHg`` is ``frames.in_aop_mmHg``, and ``units.in_aop_mmHg`` its unit.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np

from controller.recording.newborn import newborn
from controller.runs.events import KEYS
from controller.runs.export_source import ExportSource

LARGEST_BYTES = 2**31  # of a variable in a version 5 file (MATLAB, "MAT-File Versions")


def write(source: ExportSource, target: Path) -> list[Path]:
    """run.mat; the whole run is held in memory.

    Raises:
        ValueError: a run that is too long for the format. OSError: cannot write.
    """
    from scipy.io import savemat

    width = sum(8 if c.missing is not None else source.dtype[c.stored.field].base.itemsize for c in source.columns)
    if width * source.rows >= LARGEST_BYTES:
        most = LARGEST_BYTES // width
        size = f"{source.rows} rows of {len(source.columns)} columns"
        raise ValueError(
            f"{size} are refused: a MATLAB file takes less than {LARGEST_BYTES / 1e9:.1f} GB, here {most} rows: "
            "choose signals with --signal, or --format parquet"
        )
    parts: dict[str, list[np.ndarray[Any, Any]]] = {c.name: [] for c in source.columns}
    for rows in source.walk():
        for column in source.columns:
            parts[column.name].append(column.with_nan(rows).copy())
    beats = source.beats
    content = {
        "frames": {matlab_name(name): np.concatenate(values) for name, values in parts.items()},
        "units": {matlab_name(c.name): c.unit for c in source.columns}
        | {matlab_name(n): u for n, u in source.beat_units.items()},
        "descriptions": {matlab_name(c.name): c.description for c in source.columns},
        "beats": {matlab_name(name): np.ascontiguousarray(beats[name]) for name in beats.dtype.names or ()},
        "events": {key: _column(key, [event[key] for event in source.events]) for key in KEYS},
        "run": {matlab_name(key): value for key, value in source.attributes.items()},
    }
    with newborn(target / "run.mat") as path, path.open("wb") as file:
        savemat(file, content, long_field_names=True, do_compression=True, oned_as="column")
    return [target / "run.mat"]


def matlab_name(name: str) -> str:
    """A name that MATLAB takes: letters, digits and underscores, a letter first, at most 63."""
    plain = re.sub(r"[^A-Za-z0-9_]", "_", name)
    return (plain if plain[:1].isalpha() else f"x{plain}")[:63]


def _column(key: str, values: list[Any]) -> np.ndarray[Any, Any]:
    if key in ("t_s", "tick", "epoch_s"):
        return np.array(values, np.float64)
    texts = np.empty(len(values), object)
    texts[:] = [json.dumps(value) if key == "data" else str(value) for value in values]
    return texts
