"""Arming check: what hangs on the bench (drives, cards) has nothing to complain of."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from controller.session.session import Session


def devices_ready(session: Session) -> list[str]:
    """The rig's own words: a drive that is lost, in fault, in local mode, or without a watchdog."""
    return list(session.loop.rig.complaints())
