"""What the screen is sent of each frame: the channels, their places on it, and the scalars sent once a block."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from cext.tables.load import signals


@dataclass(frozen=True, slots=True)
class Trace:
    """One lane of the sweep. `color` on dark, `ink` on white; `low`, `high`: its scale at first, in the signal's unit;
    `numeric`: beat metrics shown beside it."""

    signal: str
    label: str
    color: str
    ink: str
    low: float
    high: float
    numeric: tuple[str, ...] = ()


# Colours by quantity, as on bedside monitors: ECG green, arterial red, pulmonary yellow, venous blue. Full scales cover what
# the shipped patients show; the screen widens a lane whose trace leaves it.
TRACES = (
    Trace("in.ecg_mV", "ECG", "#4ade80", "#137333", -0.5, 1.5, ("hr_bpm",)),
    Trace("in.aop_mmHg", "AoP", "#f87171", "#b3261e", 20.0, 160.0, ("aop_systolic_mmHg", "aop_diastolic_mmHg", "map_mmHg")),
    Trace("in.lvp_mmHg", "LVP", "#fb923c", "#a34a00", -10.0, 160.0, ("lvp_peak_mmHg", "lvedp_mmHg")),
    Trace("in.lap_mmHg", "LAP", "#e879f9", "#9a1fb0", 0.0, 40.0, ("lap_mean_mmHg",)),
    Trace("in.pap_mmHg", "PAP", "#facc15", "#7a5b00", 0.0, 60.0, ("pap_systolic_mmHg", "pap_diastolic_mmHg", "pap_mean_mmHg")),
    Trace("in.cvp_mmHg", "CVP", "#60a5fa", "#1558b0", 0.0, 30.0, ("cvp_mmHg",)),
    Trace("in.aortic_flow_L_min", "Ao flow", "#22d3ee", "#006a7a", -5.0, 30.0, ("co_L_min",)),
    Trace("in.balloon_pressure_mmHg", "Balloon", "#c4b5fd", "#5b3fc4", -150.0, 250.0, ("iabp_volume_mL",)),
)
# At full rate beside the lanes: the pressure-volume loop, its marks, the trigger.
BESIDE = ("in.lvv_mL", "beat.trigger", "iabp.phase")
# Once a block, the last value: state, devices, the health of the loop.
SCALARS = (
    "time.tick", "time.missed", "state.state", "state.step", "state.latched", "state.sim_faults", "beat.hr_bpm", "beat.source",
    "iabp.assisted", "iabp.ratio", "out.valve_pressure", "out.valve_vacuum", "in.drive_pressure_mmHg", "in.drive_vacuum_mmHg",
    "in.pump_flow_L_min", "in.pump_speed_rpm", "out.pump_enable", "out.pump_speed_rpm", "in.rpump_flow_L_min",
    "out.rpump_enable", "in.ecmo_flow_L_min", "out.ecmo_enable", "out.ecmo_speed_rpm", "plant.balloon_mL",
    "plant.contractility", "in.estop",
)  # fmt: skip
# Once a block, the greatest of its frames: what a mean would hide.
HIGHEST = ("time.lateness_us", "time.exec_us")


def channels() -> tuple[str, ...]:
    """Signals at full rate, in the order of the block's columns."""
    return (*(trace.signal for trace in TRACES), *BESIDE)


def layout() -> dict[str, Any]:
    """What a browser has to know before the first block: traces with units, names of columns and scalars."""
    units = {signal.path: signal.unit for signal in signals()}
    return {
        "traces": [asdict(trace) | {"unit": units[trace.signal]} for trace in TRACES],
        "channels": list(channels()),
        "scalars": [*SCALARS, *HIGHEST],
    }
