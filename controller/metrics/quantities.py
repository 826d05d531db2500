"""Which signal holds which quantity, on a bench with a patient model and on a wired one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from controller.metrics.context import Source

Samples = npt.NDArray[np.float64]
ML_S_PER_L_MIN = 1000.0 / 60.0


@dataclass(frozen=True, slots=True)
class Quantity:
    """One measured thing: its signal in the patient model and on the wires (empty: nobody measures it), and a factor."""

    name: str
    words: str
    plant: str
    inputs: str = ""
    inputs_factor: float = 1.0

    def path(self, source: Source) -> str:
        return self.plant if source == "plant" else self.inputs


QUANTITIES = (
    Quantity("lvp_mmHg", "LV pressure", "plant.lvp_mmHg", "in.lvp_mmHg"),
    Quantity("aop_mmHg", "aortic pressure", "plant.aop_mmHg", "in.aop_mmHg"),
    Quantity("lap_mmHg", "left atrial pressure", "plant.lap_mmHg", "in.lap_mmHg"),
    Quantity("cvp_mmHg", "central venous pressure", "plant.cvp_mmHg", "in.cvp_mmHg"),
    Quantity("rvp_mmHg", "RV pressure", "plant.rvp_mmHg", "in.rvp_mmHg"),
    Quantity("pap_mmHg", "pulmonary arterial pressure", "plant.pap_mmHg", "in.pap_mmHg"),
    Quantity("pericardial_mmHg", "pericardial pressure", "plant.pericardial_mmHg"),
    Quantity("lvv_mL", "LV volume", "plant.lvv_mL", "in.lvv_mL"),
    Quantity("av_flow_mL_s", "flow through the aortic valve", "plant.av_flow_mL_s", "in.aortic_flow_L_min", ML_S_PER_L_MIN),
    Quantity("mv_flow_mL_s", "flow through the mitral valve", "plant.mv_flow_mL_s"),
    Quantity("coronary_flow_mL_s", "coronary flow", "plant.coronary_flow_mL_s"),
    Quantity("limb_flow_mL_s", "leg flow", "plant.limb_flow_mL_s"),
    Quantity("visceral_flow_mL_s", "visceral flow", "plant.visceral_flow_mL_s"),
    Quantity("upper_flow_mL_s", "upper-body flow", "plant.upper_flow_mL_s"),
    Quantity("pump_flow_mL_s", "pump flow", "plant.pump_flow_mL_s", "in.pump_flow_L_min", ML_S_PER_L_MIN),
    Quantity("pump_speed_rpm", "speed of the pump", "plant.pump_speed_rpm", "in.pump_speed_rpm"),
    Quantity("rpump_flow_mL_s", "flow of the right pump", "plant.rpump_flow_mL_s", "in.rpump_flow_L_min", ML_S_PER_L_MIN),
    Quantity("ecmo_flow_mL_s", "ECMO flow", "plant.ecmo_flow_mL_s", "in.ecmo_flow_L_min", ML_S_PER_L_MIN),
    Quantity("suction", "suction", "plant.suction"),
    Quantity("av_opening", "opening of the aortic valve", "plant.av_opening"),
    Quantity("activation", "LV activation", "plant.activation"),
    Quantity("balloon_mL", "balloon volume", "plant.balloon_mL"),
    Quantity("iabp_phase", "phase of counterpulsation", "iabp.phase", "iabp.phase"),
)
ROW = {q.name: i for i, q in enumerate(QUANTITIES)}
WORDS = {q.name: q.words for q in QUANTITIES}
# Rows that follow the quantities in a matrix of samples.
TIME_ROW, PLANT_BEAT_ROW, TRIGGER_BEAT_ROW = range(len(QUANTITIES), len(QUANTITIES) + 3)
CLOCKS = ("time.t_s", "plant.beat", "beat.count")


class Columns:
    """Takes the quantities of one source out of frames of one dtype.

    `dtype`: a structured dtype with one float64 field per signal path; a signal without a field counts as not measured.
    """

    def __init__(self, dtype: np.dtype[np.void], source: Source) -> None:
        names = set(dtype.names or ())
        paths = [q.path(source) for q in QUANTITIES] + list(CLOCKS)
        self._fields = [(row, path) for row, path in enumerate(paths) if path in names]
        self._factors = [(ROW[q.name], q.inputs_factor) for q in QUANTITIES if source == "inputs" and q.inputs_factor != 1.0]
        self._absent = [row for row, path in enumerate(paths) if path not in names]
        self._height = len(paths)

    def take(self, frames: npt.NDArray[np.void]) -> Samples:
        """A copy, shape (quantities + clocks, samples), in the units of the quantities; NaN rows where not measured."""
        out = np.empty((self._height, len(frames)))
        out[self._absent] = np.nan
        for row, path in self._fields:
            out[row] = frames[path]
        with np.errstate(over="ignore"):  # an absurd input becomes infinite, and its metrics absent
            for row, factor in self._factors:
                out[row] *= factor
        return out
