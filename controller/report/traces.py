"""The signals that pictures are drawn from, by what they show."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float64]
# What it shows, its path in the patient model, its path on the wires, and a factor.
DRAWN: dict[str, tuple[str, str, float]] = {
    "ecg_mV": ("", "in.ecg_mV", 1.0),
    "aop_mmHg": ("plant.aop_mmHg", "in.aop_mmHg", 1.0),
    "lvp_mmHg": ("plant.lvp_mmHg", "in.lvp_mmHg", 1.0),
    "lap_mmHg": ("plant.lap_mmHg", "in.lap_mmHg", 1.0),
    "rvp_mmHg": ("plant.rvp_mmHg", "in.rvp_mmHg", 1.0),
    "pap_mmHg": ("plant.pap_mmHg", "in.pap_mmHg", 1.0),
    "cvp_mmHg": ("plant.cvp_mmHg", "in.cvp_mmHg", 1.0),
    "lvv_mL": ("plant.lvv_mL", "in.lvv_mL", 1.0),
    "pericardial_mmHg": ("plant.pericardial_mmHg", "", 1.0),
    "balloon_mL": ("plant.balloon_mL", "", 1.0),
    "balloon_mmHg": ("", "in.balloon_pressure_mmHg", 1.0),
    "valve_L_min": ("plant.av_flow_mL_s", "in.aortic_flow_L_min", 0.06),
    "pump_L_min": ("plant.pump_flow_mL_s", "in.pump_flow_L_min", 0.06),
    "rpump_L_min": ("plant.rpump_flow_mL_s", "in.rpump_flow_L_min", 0.06),
    "ecmo_L_min": ("plant.ecmo_flow_mL_s", "in.ecmo_flow_L_min", 0.06),
    "beat": ("plant.beat", "beat.count", 1.0),
    "phase": ("", "iabp.phase", 1.0),
    "ratio": ("", "iabp.ratio", 1.0),
}


def traces_of(frames: npt.NDArray[np.void]) -> dict[str, Samples]:
    """Traces of a patient model's frames (structured array, a field per signal path), by the names of DRAWN."""
    found = {}
    for name, (plant, wire, factor) in DRAWN.items():
        for path, scale in ((plant, factor), (wire, 1.0)):
            if path and np.isfinite(frames[path]).any():
                found[name] = np.asarray(frames[path], float) * scale
                break
    return found
