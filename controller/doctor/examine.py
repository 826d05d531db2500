"""All subjects in order."""

from __future__ import annotations

from controller.doctor import realtime, system
from controller.doctor.finding import Finding


def examine(seconds: float) -> list[Finding]:
    """Every finding; measures wake-up lateness for `seconds`."""
    return [
        *system.software(),
        *system.processor(),
        *realtime.kernel(),
        *realtime.rights(),
        *realtime.lateness(seconds),
        *system.disk(),
        *system.broker(),
    ]
