"""The metrics of a patient at rest, as fast as they can be had: the plant alone, without variability of the rate."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from cext.plant.model import PlantModel
from cext.tables.load import settings, signals
from controller.metrics import Context, Meter, rhythm_of, window

SETTLE_S = 60.0  # after the 120 s that the plant settles by itself when it is opened
LEAST_S = 16.0
DTYPE = np.dtype([(signal.path, "f8") for signal in signals()])


def metrics_at_rest(values: Mapping[str, object]) -> dict[str, float | None]:
    """Means of all metrics over whole breaths. values: ``patient.*`` settings by path; others are their defaults.

    Raises:
        ValueError: a value out of range.
    """
    calm = {**values, "patient.sdnn_ms": 0.0}
    model = PlantModel(calm)
    model.skip(SETTLE_S)
    everything = {path: row.default for path, row in settings().items()} | calm
    rhythm = rhythm_of(everything)
    breath_s = rhythm.breath_s or LEAST_S
    lasts_s = breath_s * np.ceil(LEAST_S / breath_s) + 4.0
    found = model.run(float(lasts_s))
    n = len(found["aop_mmHg"])
    frames = np.zeros(n, DTYPE)
    for name in DTYPE.names or ():
        frames[name] = found.get(name.removeprefix("plant."), np.nan) if name.startswith("plant.") else np.nan
    frames["time.t_s"] = np.arange(n) * 1e-3
    beats = Meter(Context.from_settings(everything)).push(frames)
    return window(beats, breath_s=rhythm.breath_s).values
