"""The zeroing of a step: a second to settle, then the mean over `zero_s`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from controller.config.protocol import ZERO_SETTLE_S

if TYPE_CHECKING:
    from controller.config.protocol import Step
    from controller.protocol.drive import Drive
    from controller.protocol.interface import Session


async def zero(step: Step, session: Session, drive: Drive) -> list[str]:
    """Zeroes the inputs of `step`; returns what was refused. Raises Ended, SessionEnded as `Drive.slice`."""
    zeroing = session.zeroing(step.zero)
    zeroing.put_references()
    try:
        settled = session.tick + round(ZERO_SETTLE_S / session.period_s)
        until = settled + round(step.zero_s / session.period_s)
        while session.tick < settled:
            await drive.slice(settled)
        while session.tick < until:
            zeroing.push((await drive.slice(until)).frames)
    finally:
        zeroing.take_references()
    return zeroing.finish()
