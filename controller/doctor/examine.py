"""All subjects in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from controller.doctor import realtime, system
from controller.doctor.cards import cards
from controller.doctor.drives import drives
from controller.doctor.finding import Finding

if TYPE_CHECKING:
    from controller.config.experiment import Experiment


def examine(
    seconds: float, bound_us: float | None = None, experiment: Experiment | None = None, mqtt: str | None = None
) -> list[Finding]:
    """Every finding; measures wake-up lateness for `seconds`. `experiment`: of the bench whose cards and drives are asked."""
    bench = experiment.bench if experiment is not None else None
    return [
        *system.software(),
        *system.processor(),
        *realtime.kernel(),
        *realtime.rights(),
        *realtime.lateness(seconds, bound_us),
        *cards(bench),
        *(drives(experiment) if experiment is not None else ()),
        *system.disk(),
        *(system.broker() if mqtt is None else system.broker_at(mqtt)),
    ]
