"""Arming check: nothing is asked for that harms, unless the protocol overrides it by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from controller.session.contraindication import contraindications

if TYPE_CHECKING:
    from controller.session.session import Session


def not_contraindicated(session: Session) -> list[str]:
    """What is contraindicated in force now, or by what the protocol is going to ask for; with the step, and the name that overrides it."""
    found: dict[str, str] = {}
    for step, values in (("", session.values()), *session.planned):
        for name, why in contraindications(values).items():
            found.setdefault(name, f"{step}: {why}" if step else why)
    return [
        f'{why}; the protocol can override it by name: override = ["{name}"]'
        for name, why in found.items()
        if name not in session.override
    ]
