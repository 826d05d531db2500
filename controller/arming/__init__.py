"""Arming checks, one file a check. `checks_of` gives those of a bench; the session asks them all and shows all reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from controller.arming.calibrated import calibration_check
from controller.arming.check import Check, reasons_against
from controller.arming.contraindicated import not_contraindicated
from controller.arming.devices import devices_ready
from controller.arming.inputs import inputs_check
from controller.arming.machine import machine_idle
from controller.arming.stop import stop_released
from controller.arming.watchdog import watchdog_check

if TYPE_CHECKING:
    from controller.config.bench import Bench
    from controller.config.calibration import Calibration

__all__ = ["Check", "checks_of", "reasons_against"]


def checks_of(bench: Bench, calibration: Calibration | None = None) -> tuple[Check, ...]:
    """Every check of this bench, in the order in which their reasons are shown."""
    return (
        machine_idle,
        stop_released,
        inputs_check(bench),
        devices_ready,
        watchdog_check(bench),
        calibration_check(calibration),
        not_contraindicated,
    )
