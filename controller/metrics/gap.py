"""The gap of a pump's rotor, where it shears the blood most. Source and meaning of the index: haemolysis.py."""

from __future__ import annotations

import math
from dataclasses import dataclass

VISCOSITY_Pa_s = 3.3e-3


@dataclass(frozen=True, slots=True)
class Gap:
    """The gap of a pump's rotor, mm."""

    rotor_mm: float
    gap_mm: float
    path_mm: float

    def index(self, speed_rpm: float, flow_mL_s: float) -> float:
        """IH in % for a steady speed and flow (both above 0)."""
        shear_Pa = VISCOSITY_Pa_s * math.pi * self.rotor_mm * (speed_rpm / 60.0) / self.gap_mm
        time_s = math.pi * self.rotor_mm * self.gap_mm * self.path_mm * 1e-3 / flow_mL_s
        return float(3.62e-5 * shear_Pa**2.416 * time_s**0.785)
