"""Motor and pump of a simulated drive: speed that follows along a ramp, current that follows from torque. Virtual time."""

from __future__ import annotations

import math
from dataclasses import dataclass

STEP_S = 0.001
LONGEST_S = 5.0  # of silence that is caught up with; a longer one (a stopped process) is skipped


@dataclass(slots=True)
class Motor:
    """Speed in rpm, current in A.

    Current = idle + (full − idle)·(N/N_highest)² + what acceleration takes: torque of a centrifugal pump grows with the
    square of its speed (affinity law). A blocked shaft stands and draws twice the full current.
    """

    highest_rpm: float
    ramp_rpm_s: float
    full_A: float = 1.2
    idle_A: float = 0.05
    coast_s: float = 0.5  # time constant without drive
    speed_rpm: float = 0.0
    current_A: float = 0.0
    blocked: bool = False

    def step(self, set_rpm: float, driven: bool, coasting: bool) -> None:
        """One millisecond. `driven`: the output stage is on; `coasting`: it is off and nothing brakes."""
        before = self.speed_rpm
        target = min(max(set_rpm, 0.0), self.highest_rpm) if driven else 0.0
        if self.blocked:
            self.speed_rpm = 0.0
            self.current_A = 2.0 * self.full_A if driven and target > 0.0 else 0.0
            return
        if coasting:
            self.speed_rpm *= math.exp(-STEP_S / self.coast_s)
        else:
            most = self.ramp_rpm_s * STEP_S
            self.speed_rpm += min(max(target - before, -most), most)
        if self.speed_rpm < 1e-3 * self.highest_rpm and target == 0.0:
            self.speed_rpm = 0.0 if coasting or not driven else self.speed_rpm
        turning = self.speed_rpm > 0.0
        if coasting or not (driven or turning):
            self.current_A = 0.0
            return
        share = self.speed_rpm / self.highest_rpm
        pushing = 0.2 * self.full_A if self.speed_rpm > before else 0.0
        self.current_A = self.idle_A + (self.full_A - self.idle_A) * share * share + pushing
