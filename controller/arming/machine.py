"""Arming check: the machine is where arming leads out of."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from controller.session.session import Session


def machine_idle(session: Session) -> list[str]:
    """Arming leads out of IDLE only."""
    if session.state == "IDLE":
        return []
    latched = f", latched: {', '.join(session.latched)}; reset first" if session.latched else ""
    return [f"the machine is in {session.state}, arming needs IDLE{latched}"]
