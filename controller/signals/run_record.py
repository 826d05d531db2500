"""A run folder of our own as a record: its inputs, as the loop saw them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from controller.signals.channel import Channel, Kind
from controller.signals.errors import RecordError

INPUTS: dict[str, Kind] = {"in.ecg_mV": "ecg", "in.aop_mmHg": "pressure", "in.balloon_pressure_mmHg": "balloon"}


def run_channels(folder: Path, also: Sequence[str] = ()) -> list[Channel]:
    """ECG, aortic pressure, balloon pressure and `also` those signals of a run. Raises RecordError."""
    from cext.tables.load import signals as table
    from controller.recording.reading import RecordingError
    from controller.runs.opening import open_run

    known = {signal.path for signal in table()}
    wanted: dict[str, Kind] = {**INPUTS, **{path: "other" for path in also if path in known and path not in INPUTS}}
    try:
        with open_run(folder, [*wanted]) as run:
            t = np.asarray(run["time"].values, np.float64)
            if len(t) < 2:
                raise RecordError(f"{folder}: the recording holds no two frames")
            period_s = float(np.median(np.diff(t)))
            place = np.round((t - t[0]) / period_s).astype(np.int64)
            found = []
            for path, kind in wanted.items():
                values = np.full(place[-1] + 1, np.nan)
                values[place] = run[path].values
                found.append(Channel(path, kind, str(run[path].attrs["units"]), 1.0 / period_s, float(t[0]), values))
            return found
    except (RecordingError, KeyError) as error:
        raise RecordError(f"{folder}: {error}") from None
