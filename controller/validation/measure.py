"""What the virtual rig shows for the published numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping

from controller.api import simulate
from controller.validation.figures import Figure, Value

MEASURED_BEATS = 60


class Simulations:
    """Steady states by patient and settings, each simulated once."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, tuple[tuple[str, Value], ...]], dict[str, float | None]] = {}

    def metrics(self, patient: str, settings: Mapping[str, Value]) -> dict[str, float | None]:
        """Means of all metrics of that patient at rest with these settings."""
        key = patient, tuple(sorted(settings.items()))
        if key not in self._found:
            found = simulate(patient=patient, settings=dict(settings), beats=MEASURED_BEATS)
            self._found[key] = found.window.values
        return self._found[key]

    def value(self, figure: Figure) -> float | None:
        """Our number for a figure; None where it has no value."""
        here = self.metrics(figure.patient, figure.set)
        value = here[figure.metric]
        if figure.against is None or value is None:
            return value
        there = self.metrics(figure.patient, figure.against)
        reference = there[figure.minus or figure.metric]
        if reference is None:
            return None
        if figure.how == "percent":
            return 100.0 * (value - reference) / abs(reference)
        if figure.over is None:
            return value - reference
        run, start = here[figure.over], there[figure.over]
        return None if run is None or start is None else (value - reference) / (run - start)


def outside(value: float | None, low: float | None, high: float | None) -> float | None:
    """How far a value lies beyond the nearer end of a range, signed; 0 within, None without a value."""
    if value is None:
        return None
    if low is not None and value < low:
        return value - low
    return value - high if high is not None and value > high else 0.0


def level_flow_L_min(shutoff_mmHg: float, reference_rpm: float, reference_L_min: float, speed_rpm: float) -> float:
    """Flow of a pump's law H = H0((N/N0)^2 - sgn(Q)(Q/Q0)^2) against 60 mmHg."""
    rest = (speed_rpm / reference_rpm) ** 2 - 60.0 / shutoff_mmHg
    return math.copysign(reference_L_min * math.sqrt(abs(rest)), rest)
