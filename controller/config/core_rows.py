"""A bench and its devices as the rows that the core's Spec takes (cext/spec.pyx)."""

from __future__ import annotations

from cext.tables.load import settings
from controller.config.bench import DEVICE, Bench
from controller.config.device import RotaryPump

Row = dict[str, float]


def input_rows(bench: Bench) -> dict[str, Row]:
    """Rows by input: low, high, required, max_age_s, least_activity, and trip_low, trip_high where the bench has them."""
    rows = {}
    for name, channel in bench.inputs.items():
        row: Row = {
            "low": channel.range[0],
            "high": channel.range[1],
            "required": float(channel.required),
            "max_age_s": channel.max_age_ms / 1000.0,
            "least_activity": channel.least_activity,
        }
        if channel.trip_low is not None:
            row["trip_low"] = channel.trip_low
        if channel.trip_high is not None:
            row["trip_high"] = channel.trip_high
        rows[name] = row
    return rows


def output_rows(bench: Bench, pump: RotaryPump | None) -> dict[str, Row]:
    """Rows by output: low, high, rest, safe, standby, slew_per_s.

    Where the bench says ``"device"``, the fitted pump's own file answers: its safe speed, and enabled if that is not
    standstill; with no pump fitted, the value of rest.
    """
    declared: Row = {}
    if pump is not None:
        declared = {"pump_speed_rpm": pump.safe.speed_rpm, "pump_enable": float(pump.safe.speed_rpm > 0.0)}
    rows = {}
    for name, channel in bench.outputs.items():
        fitted = declared.get(name, channel.rest)
        rows[name] = {
            "low": channel.range[0],
            "high": channel.range[1],
            "rest": channel.rest,
            "safe": fitted if channel.safe == DEVICE else float(channel.safe),
            "standby": fitted if channel.standby == DEVICE else float(channel.standby),
            "slew_per_s": channel.slew_per_s,
        }
    return rows


def level_rpm(pump: RotaryPump | None) -> list[float | None]:
    """Speeds of P-0, P-1, … in the order of the setting ``pump.level``; None where the pump has no such level."""
    words = [word for word in settings()["pump.level"].choices if word.startswith("P-")]
    return [pump.levels[word].speed_rpm if pump is not None and word in pump.levels else None for word in words]


def pump_range_rpm(pump: RotaryPump | None) -> tuple[float, float]:
    """Lowest and highest speed of the pump, standstill aside; (0, 0) without a pump."""
    return pump.speed_range_rpm if pump is not None else (0.0, 0.0)
