"""Least squares over the patient's parameters; the reflex is off while it goes on, and gets its set point at the end."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cext.tables.load import settings
from controller.config.targets import Target, Targets
from controller.fit.at_rest import metrics_at_rest

WITHOUT_A_VALUE = 20.0  # residual of a target without a value, in its own `within`: far away, wherever that is
# Pull to the start, in residuals per factor of e: decides what no target decides, and moves nothing that one does.
PULL = 0.02
STEP = 0.01  # of the finite differences: 1 % of a parameter, well above rounding of whole breaths into beats
MOST_STEPS = 30
KNOWN_TO = 0.5  # a parameter whose standard error is above half of itself was not decided by the targets
SETPOINT, REFLEX = "patient.reflex_setpoint_mmHg", "patient.baroreflex"
Samples = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A fitted number: where it began, where it ended, its standard error, and whether it lies at a bound of the table."""

    path: str
    start: float
    value: float
    error: float | None
    at_bound: bool

    @property
    def decided(self) -> bool:
        """Whether the targets say what it is."""
        scale = max(abs(self.value), _scale(self.path) if _linear(self.path) else 0.0)
        return self.error is not None and self.error <= KNOWN_TO * scale


@dataclass(frozen=True, slots=True)
class Residual:
    """A target and what the fitted patient shows; `off` in units of the target's `within`."""

    target: Target
    shown: float | None

    @property
    def off(self) -> float:
        return WITHOUT_A_VALUE if self.shown is None else (self.shown - self.target.value) / self.target.within

    @property
    def met(self) -> bool:
        return abs(self.off) <= 1.0


@dataclass(frozen=True, slots=True)
class Fitted:
    """The patient found. `values`: all ``patient.*`` settings that differ from the healthy set, by path."""

    targets: Targets
    values: dict[str, Any]
    parameters: list[Parameter]
    residuals: list[Residual]
    evaluations: int

    @property
    def met(self) -> bool:
        """Whether every target is met within what it is known to."""
        return all(residual.met for residual in self.residuals)


def fit(targets: Targets, start: Mapping[str, Any], progress: Callable[[int, float], None] | None = None) -> Fitted:
    """Finds the parameters.

    Args:
        targets: what the patient has to show. start: ``patient.*`` settings of the patient to start from, by path.
        progress: called with the number of evaluations and the present sum of squares.
    """
    from scipy.optimize import least_squares

    fixed = {**start, **targets.set}
    paths = targets.fit.parameters
    began = {path: float(fixed.get(path, settings()[path].default)) for path in paths}
    count = 0

    def residuals(x: Samples) -> Samples:
        nonlocal count
        count += 1
        moved = {path: _value(path, began[path], xi) for path, xi in zip(paths, x, strict=True)}
        shown = metrics_at_rest({**fixed, **moved, REFLEX: False})
        off = [Residual(target, shown[target.metric]).off for target in targets.target]
        if progress is not None:
            progress(count, float(np.sum(np.square(off))))
        return np.array([*off, *(PULL * (x - 1.0))])

    low, high = zip(*(_bounds(path, began[path]) for path in paths), strict=True)
    x0 = np.clip(np.ones(len(paths)), np.array(low) + 1e-6, np.array(high) - 1e-6)
    found = least_squares(residuals, x0, bounds=(low, high), diff_step=STEP, ftol=1e-5, xtol=1e-5, max_nfev=MOST_STEPS)
    values = {path: _value(path, began[path], xi) for path, xi in zip(paths, found.x, strict=True)}
    whole = {**fixed, **values}
    if whole.get(REFLEX, settings()[REFLEX].default):
        # The reflex leaves the patient as he is at his own pressure: this is his.
        own = metrics_at_rest({**whole, REFLEX: False})["map_mmHg"]
        row = settings()[SETPOINT]
        if own is not None and SETPOINT not in targets.set:
            whole[SETPOINT] = float(np.clip(own, row.low or own, row.high or own))
    shown = metrics_at_rest(whole)
    return Fitted(
        targets, whole, _parameters(paths, began, values, found), [Residual(t, shown[t.metric]) for t in targets.target], count
    )


def _parameters(paths: tuple[str, ...], began: Mapping[str, float], values: Mapping[str, float], found: Any) -> list[Parameter]:
    """Standard errors from the curvature, with the targets' own `within` as the noise, without the pull."""
    jacobian = np.asarray(found.jac)[: -len(paths)]
    covariance = np.linalg.pinv(jacobian.T @ jacobian, rcond=1e-10)
    lost = np.linalg.matrix_rank(jacobian, tol=1e-3) < len(paths)
    made = []
    for i, path in enumerate(paths):
        slope = _scale(path) if _linear(path) else abs(values[path])
        error = None if lost and np.linalg.norm(jacobian[:, i]) < 1e-3 else math.sqrt(max(covariance[i, i], 0.0)) * slope
        made.append(Parameter(path, began[path], values[path], error, bool(found.active_mask[i])))
    return made


def _linear(path: str) -> bool:
    """Whether a parameter moves in a straight line (it may be zero or negative); the others move by factors."""
    low = settings()[path].low
    return low is None or low <= 0.0


def _scale(path: str) -> float:
    row = settings()[path]
    return ((row.high if row.high is not None else 1.0) - (row.low if row.low is not None else 0.0)) / 5.0


def _value(path: str, start: float, x: float) -> float:
    row = settings()[path]
    value = start + _scale(path) * (x - 1.0) if _linear(path) else start * math.exp(x - 1.0)
    return float(np.clip(value, row.low, row.high))


def _bounds(path: str, start: float) -> tuple[float, float]:
    row = settings()[path]
    low, high = row.low if row.low is not None else -math.inf, row.high if row.high is not None else math.inf
    if _linear(path):
        return 1.0 + (low - start) / _scale(path), 1.0 + (high - start) / _scale(path)
    return 1.0 + math.log(low / start), 1.0 + math.log(high / start)
