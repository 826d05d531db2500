"""What tripped: the signal, its value at that tick, and the limit that it crossed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from cext.tables.load import inputs
from controller.session.alarms import Reading

Limits = Mapping[str, Mapping[str, Any]]  # rows of the inputs by channel: low, high, trip_low, trip_high, max_age_s, required
PRESSURES = tuple(signal.path.removeprefix("in.") for signal in inputs() if signal.pressure_limit)  # guard.pressure_high_mmHg


def reading(condition: str, frame: np.void, limits: Limits, settings: Mapping[str, object]) -> Reading | None:
    """What the frame of the trip shows of its cause; None where there is no number to it.

    Args:
        frame: of FRAME_DTYPE, the tick of the trip.
        limits: of the bench's inputs.
        settings: in force, by path.
    """
    if condition == "pressure_high":
        return _beyond(frame, limits, PRESSURES, float(str(settings["guard.pressure_high_mmHg"])))
    if condition == "input_limit":
        return _beyond(frame, limits, tuple(name for name in limits if name not in PRESSURES), None) or _beyond(
            frame, limits, PRESSURES, None
        )
    if condition == "input_lost":
        return _lost(frame, limits)
    if condition == "rig_error":
        return Reading("state.rig_error", float(frame["state.rig_error"]), None, "")
    if condition == "overrun":
        return Reading("time.missed", float(frame["time.missed"]), None, "periods")
    if condition == "estop":
        return Reading("in.estop", float(frame["in.estop"]), 0.5, "")
    return None


def _beyond(frame: np.void, limits: Limits, names: tuple[str, ...], common: float | None) -> Reading | None:
    """The input that is furthest beyond its limit, as a share of it."""
    found: list[tuple[float, Reading]] = []
    for signal in inputs():
        name = signal.path.removeprefix("in.")
        if name not in limits or name not in names:
            continue
        value, row = float(frame[signal.path]), limits[name]
        highs = [limit for limit in (common, row.get("trip_high")) if limit is not None]
        low = row.get("trip_low")
        if highs and value > min(highs):
            found.append((value - min(highs), Reading(signal.path, value, min(highs), signal.unit)))
        if low is not None and value < low:
            found.append((low - value, Reading(signal.path, value, low, signal.unit)))
    return max(found, key=lambda pair: pair[0])[1] if found else None


def _lost(frame: np.void, limits: Limits) -> Reading | None:
    """The first required input that is bad: by its age where that is beyond its limit, else by its quality."""
    bad = int(np.nan_to_num(frame["state.bad_inputs"]))
    for i, signal in enumerate(inputs()):
        row = limits.get(signal.path.removeprefix("in."))
        if row is None or not row.get("required") or not bad >> i & 1:
            continue
        age_s, most_s = float(frame["age_s"][i]), float(row["max_age_s"])
        if age_s > most_s:
            return Reading(f"age of {signal.path}", age_s, most_s, "s")
        return Reading(f"quality of {signal.path}", float(frame["quality"][i]), 0.0, "")
    return None
