"""What the trigger chain costs in a tick."""

from __future__ import annotations

import time
from collections.abc import Iterator

from controller.benchmark.row import Row, at_most, median_of

REPEATS = 9
SECONDS = 60.0


def timing() -> Iterator[Row]:
    """ECG, pressure, P wave, pacer, closure and opening together, over a minute of the virtual patient, in a bare C loop."""
    import numpy as np

    from cext.estimate.chain import Chain
    from cext.plant.model import PlantModel

    shown = PlantModel({"patient.hr_bpm": 90.0}).run(SECONDS)
    rng = np.random.default_rng(1)
    ecg = shown["ecg_mV"] + 0.02 * rng.standard_normal(len(shown["ecg_mV"]))
    aop = shown["aop_mmHg"] + 0.3 * rng.standard_normal(len(ecg))

    def once() -> float:
        chain = Chain({})
        begin = time.perf_counter()
        chain.run(ecg, aop)
        return (time.perf_counter() - begin) / len(ecg)

    yield at_most(
        "trigger chain, a tick", median_of(REPEATS, once) * 1e6, "us", 0.5, f"{SECONDS:g} s of ECG and pressure x {REPEATS}"
    )
