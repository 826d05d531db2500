"""Leak test of the balloon: filled, both valves shut, and how fast its line loses pressure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from controller.calibration.line import Refused
from controller.commissioning.hands import Hands

FILL_S = 0.4
SETTLE_S = 3.0  # gas that was compressed cools down
LEAST_MMHG = 40.0  # below it the balloon was not filled
SHUT = {"valve_pressure": 0.0, "valve_vacuum": 0.0}


@dataclass(frozen=True, slots=True)
class LeakTest:
    """`fall_mmHg_min` from the straight line through the line pressure; `time_s` and `line_mmHg` for the picture."""

    start_mmHg: float
    fall_mmHg_min: float
    held_s: float
    time_s: npt.NDArray[np.float64]
    line_mmHg: npt.NDArray[np.float64]


async def leak_test(hands: Hands, held_s: float) -> LeakTest:
    """Fills the balloon of an armed bench and watches it for `held_s`.

    Raises:
        Refused: the bench shows no line pressure, or the balloon does not fill. SessionEnded: the machine tripped.
    """
    if "balloon_pressure_mmHg" not in hands.bench.inputs or not {"valve_pressure", "valve_vacuum"} <= set(hands.outputs):
        raise Refused("a leak test needs the input balloon_pressure_mmHg and the outputs valve_pressure and valve_vacuum")
    try:
        await hands.pass_s(FILL_S, {"valve_pressure": hands.outputs["valve_pressure"].range[1]})
        await hands.pass_s(SETTLE_S, SHUT)
        frames = await hands.pass_s(held_s, SHUT)
    finally:
        hands.release()
    await hands.pass_s(0.5)  # emptied before anything else happens
    time_s = frames["time.t_s"] - frames["time.t_s"][0]
    line = frames["in.balloon_pressure_mmHg"].astype(float)
    slope, start = np.polyfit(time_s, line, 1)
    if start < LEAST_MMHG:
        raise Refused(
            f"the line holds {start:.0f} mmHg after filling, a full balloon at least {LEAST_MMHG:g}: it leaks fast, or is not filled"
        )
    return LeakTest(float(start), float(-60.0 * slope), held_s, time_s, line)
