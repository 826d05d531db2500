"""A run folder of our own as a record: its inputs, as the loop saw them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from controller.signals.channel import Channel
from controller.signals.errors import RecordError

INPUTS = {"in.ecg_mV": "ecg", "in.aop_mmHg": "pressure", "in.balloon_pressure_mmHg": "balloon"}


def run_channels(folder: Path) -> list[Channel]:
    """ECG, aortic pressure and balloon pressure of a run. Raises RecordError."""
    from controller.recording.reading import RecordingError
    from controller.runs.opening import open_run

    try:
        with open_run(folder, [*INPUTS]) as run:
            t = np.asarray(run["time"].values, np.float64)
            if len(t) < 2:
                raise RecordError(f"{folder}: the recording holds no two frames")
            period_s = float(np.median(np.diff(t)))
            place = np.round((t - t[0]) / period_s).astype(np.int64)
            found = []
            for path, kind in INPUTS.items():
                values = np.full(place[-1] + 1, np.nan)
                values[place] = run[path].values
                unit = "mV" if kind == "ecg" else "mmHg"
                found.append(Channel(path, kind, unit, 1.0 / period_s, float(t[0]), values))  # type: ignore[arg-type]
            return found
    except (RecordingError, KeyError) as error:
        raise RecordError(f"{folder}: {error}") from None
