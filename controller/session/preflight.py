"""Arming checks: each is a function that gives its reasons against arming, or none. All are asked, all reasons shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from controller.session.session import Session

Check = Callable[["Session"], list[str]]


def reasons_against(checks: Iterable[Check], session: Session) -> list[str]:
    """Every reason of every check."""
    return [reason for check in checks for reason in check(session)]


def machine_idle(session: Session) -> list[str]:
    """Arming leads out of IDLE only."""
    if session.state == "IDLE":
        return []
    latched = f", latched: {', '.join(session.latched)}; reset first" if session.latched else ""
    return [f"the machine is in {session.state}, arming needs IDLE{latched}"]
