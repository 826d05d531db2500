"""Arming check: nothing is asked for that harms, unless the protocol overrides it by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from controller.session.contraindication import contraindications

if TYPE_CHECKING:
    from controller.session.session import Session


def not_contraindicated(session: Session) -> list[str]:
    """A contraindicated combination, with the name by which it can be overridden."""
    found = contraindications(session.values())
    return [
        f'{why}; the protocol can override it by name: override = ["{name}"]'
        for name, why in found.items()
        if name not in session.override
    ]
