"""How a session ends other than by its own decision."""

from __future__ import annotations


class NotArmed(Exception):
    """Arming was refused; `reasons` holds all of them together."""

    def __init__(self, reasons: list[str]) -> None:
        self.reasons = tuple(reasons)
        super().__init__("arming refused: " + "; ".join(reasons))


class SessionEnded(Exception):
    """The loop has ended or is in FAULT: nothing more can be asked of it."""
