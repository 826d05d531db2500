"""The straight line from a sensor's reading to what is measured: value = offset + gain * reading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

# What a zero or a calibration may be before somebody should look at the wiring instead.
LARGEST_ZERO_PCT = 10.0  # of the channel's span
LARGEST_NOISE_PCT = 0.5  # standard deviation, of the span: a line that is open to the loop pulsates by more
GAINS = (0.5, 2.0)
LARGEST_RESIDUAL_PCT = 1.0  # of the span of the references


class Refused(ValueError):
    """What was measured cannot be a calibration; the message says why and what to look at."""


@dataclass(frozen=True, slots=True)
class Line:
    """`residuals`: reference minus calibrated reading at each point, in the channel's unit."""

    gain: float
    offset: float
    residuals: tuple[float, ...]

    @property
    def largest_residual(self) -> float:
        return max((abs(value) for value in self.residuals), default=0.0)


def zero_line(reading: float, reference: float, gain: float) -> Line:
    """The line through one point, with the gain that is known already."""
    return Line(gain, reference - gain * reading, (0.0,))


def fit(readings: Sequence[float], references: Sequence[float]) -> Line:
    """The line through two points, or the least-squares line through more (ordinary: references are taken as exact).

    Raises:
        Refused: fewer than two different references, or a sensor that does not answer to them.
    """
    x, y = np.asarray(readings, float), np.asarray(references, float)
    if len(x) != len(y) or len(np.unique(y)) < 2:
        raise Refused(f"{len(np.unique(y))} different reference: a line needs two or more")
    spread = float(np.ptp(x))
    if not spread > 1e-3 * float(np.ptp(y)):
        raise Refused(
            f"the readings differ by {spread:.3g} while the reference changes by {float(np.ptp(y)):.3g}: "
            "look at sensor, stopcock and wiring"
        )
    # value = offset + gain*reading, least squares in the value
    gain = float(np.sum((x - x.mean()) * (y - y.mean())) / np.sum((x - x.mean()) ** 2))
    offset = float(y.mean() - gain * x.mean())
    return Line(gain, offset, tuple(float(v) for v in y - (offset + gain * x)))


def check_noise(name: str, sd: float, span: float, unit: str) -> None:
    """Raises Refused where the reading is not still."""
    if not sd <= LARGEST_NOISE_PCT / 100.0 * span:
        raise Refused(
            f"{name} is not still: it moves by {sd:.3g} {unit} (standard deviation), at most "
            f"{LARGEST_NOISE_PCT / 100.0 * span:.3g} {unit} are allowed: is the line open to the loop instead of the reference?"
        )


def check_zero(name: str, correction: float, span: float, unit: str) -> None:
    """Raises Refused where the zero is so far off that something else is wrong. `correction`: by how much it moves values."""
    if not abs(correction) <= LARGEST_ZERO_PCT / 100.0 * span:
        raise Refused(
            f"{name}: a zero of {correction:+.3g} {unit} is refused, at most {LARGEST_ZERO_PCT / 100.0 * span:.3g} {unit} "
            "are allowed: look at amplifier, wiring and the bench file's offset"
        )


def check_line(name: str, line: Line, references: Sequence[float], unit: str) -> None:
    """Raises Refused where gain or residuals are beyond what a sound sensor has."""
    if not GAINS[0] <= line.gain <= GAINS[1]:
        raise Refused(
            f"{name}: a gain of {line.gain:.4g} is refused, allowed is {GAINS[0]:g} to {GAINS[1]:g}: look at the amplifier and "
            "the bench file's gain"
        )
    limit = LARGEST_RESIDUAL_PCT / 100.0 * float(np.ptp(np.asarray(references)))
    if len(references) > 2 and line.largest_residual > limit:
        raise Refused(
            f"{name}: the points leave the line by up to {line.largest_residual:.3g} {unit}, at most {limit:.3g} {unit} "
            f"({LARGEST_RESIDUAL_PCT:g} % of the references' span) are allowed: measure again, or change the sensor"
        )
