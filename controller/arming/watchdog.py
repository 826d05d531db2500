"""Arming check: something outside this program must notice when it dies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from controller.arming.check import Check

if TYPE_CHECKING:
    from controller.config.bench import Bench
    from controller.session.session import Session


def watchdog_check(bench: Bench) -> Check:
    """The check for this bench. A bench without wires has nothing that could go on by itself."""

    def watched(session: Session) -> list[str]:
        dog = bench.watchdog
        if bench.daq is None or not bench.outputs or dog.line or dog.card_timeout_ms or dog.allow_no_watchdog:
            return []
        return [
            f"the bench {bench.name} has no watchdog: if this computer hangs, its outputs stay as they are. Wire one "
            "([watchdog] line, or card_timeout_ms where the card has its own), or say [watchdog] allow_no_watchdog = true"
        ]

    return watched
