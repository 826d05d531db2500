"""Arming check: what was calibrated still is: not expired, on the same wire, and the balloon tight."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import TYPE_CHECKING

from controller.arming.check import Check

if TYPE_CHECKING:
    from controller.config.calibration import Calibration
    from controller.session.session import Session


def calibration_check(calibration: Calibration | None, today: Callable[[], datetime.date] = datetime.date.today) -> Check:
    """The check for what lies beside the bench's file. A channel that was never calibrated is no reason."""

    def valid(session: Session) -> list[str]:
        return [] if calibration is None else calibration.reasons(today())

    return valid
