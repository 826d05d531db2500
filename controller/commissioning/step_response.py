"""What a step on an output shows on an input: dead time, rise, where it ends; and what a staircase shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from controller.calibration.line import Refused

Samples = npt.NDArray[np.float64]
LEAST_SWING_SD = 8.0  # a response must stand out of the noise by this much
FLAT_SHARE = 0.25  # of the usual slope: less is saturation


@dataclass(frozen=True, slots=True)
class Response:
    """Times in ms from the command. `delay_ms`: dead time. `rise_ms`: 10 to 90 % of the way from `before` to `after`."""

    delay_ms: float
    rise_ms: float
    before: float
    after: float


def step_response(values: Samples, at: int, period_s: float, name: str) -> Response:
    """The response in `values` (one a tick) to a command that went out in tick `at` of them.

    Dead time is where the straight line through 10 and 30 % of the way meets the level before: for a first-order lag of time
    constant tau behind a dead time that is 2 % of tau too early, whatever the noise.

    Raises:
        Refused: no response that stands out of the noise.
    """
    quiet = values[max(0, at - 100) : at]
    after = float(np.median(values[-max(5, (len(values) - at) // 5) :]))
    before, sd = float(np.median(quiet)), float(np.std(quiet))
    swing = after - before
    if not abs(swing) > max(LEAST_SWING_SD * sd, 1e-9):
        raise Refused(f"{name} does not answer: it goes from {before:.3g} to {after:.3g}, its noise is {sd:.2g}")
    share = (values[at:] - before) / swing
    tenth, third, most = (_crossing(share, level) for level in (0.1, 0.3, 0.9))
    delay = max(0.0, tenth - 0.5 * (third - tenth))
    return Response(delay * period_s * 1e3, (most - tenth) * period_s * 1e3, before, after)


def staircase(commands: Sequence[float], levels: Sequence[float]) -> tuple[float | None, float]:
    """Saturation and hysteresis from the settled levels of a staircase up and down again.

    Saturation is the highest level, where the last step up brought less than a quarter of the usual step; None: it never came.
    Hysteresis is the largest difference between the way up and the way down at one command.
    """
    x, y = np.asarray(commands, float), np.asarray(levels, float)
    top = int(np.argmax(x))
    slopes = np.diff(y[: top + 1]) / np.diff(x[: top + 1])
    usual = float(np.median(slopes)) if len(slopes) else 0.0
    saturated = len(slopes) > 1 and slopes[-1] < FLAT_SHARE * usual
    up = dict(zip(x[: top + 1].tolist(), y[: top + 1].tolist(), strict=True))
    down = dict(zip(x[top:].tolist(), y[top:].tolist(), strict=True))
    gaps = [abs(up[command] - down[command]) for command in up if command in down and command != x[top]]
    return (float(y[: top + 1].max()) if saturated else None), max(gaps, default=0.0)


def _crossing(share: Samples, level: float) -> float:
    """Tick, and part of one, at which `share` first reaches `level` and stays above it for three samples."""
    above = share >= level
    steady = above[:-2] & above[1:-1] & above[2:]
    hits = np.flatnonzero(steady)
    if len(hits) == 0:
        return float(len(share) - 1)
    i = int(hits[0])
    if i == 0:
        return 0.0
    low, high = float(share[i - 1]), float(share[i])
    return i - 1 + (level - low) / (high - low) if high > low else float(i)
