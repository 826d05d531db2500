"""Arming check: nothing is asked for that harms, unless the protocol overrides it by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from controller.session.contraindication import contraindications

if TYPE_CHECKING:
    from controller.session.session import Session


def not_contraindicated(session: Session) -> list[str]:
    """What is contraindicated in force now, or by what a step is going to ask for; with the name that overrides it."""
    found: dict[str, tuple[str, str]] = {}  # the first that asks for it
    for where, values in {"before the first step": session.values(), **session.planned}.items():
        for name, why in contraindications(values).items():
            found.setdefault(name, (where, why))
    return [
        f'{where}: {why}; the protocol can override it by name: override = ["{name}"]'
        for name, (where, why) in found.items()
        if name not in session.override
    ]
