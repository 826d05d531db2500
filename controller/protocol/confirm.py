"""What no patient model can tell is asked of the operator before arming: whether the balloon may work in this loop."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING

from controller.protocol.result import Ended
from controller.session.contraindication import IABP_IN_AR, MODERATE_AR_CM2
from controller.session.errors import NotArmed

if TYPE_CHECKING:
    from controller.config.plan import PlannedStep
    from controller.protocol.drive import Drive
    from controller.protocol.interface import Session
    from controller.protocol.operator import Operator

QUESTION = (
    f"Balloon pump: there is no patient model to look at. Is the loop free of aortic regurgitation of {MODERATE_AR_CM2:g} cm2 and more "
    "(moderate), in which a balloon is contraindicated?"
)


async def confirm(
    session: Session, steps: Iterable[PlannedStep], override: Iterable[str], drive: Drive, operator: Operator
) -> None:
    """Asks, where the protocol uses the balloon on a bench without a patient model and does not override by name.

    Raises:
        NotArmed: nobody was there. Ended: the answer is no, or the end was asked for meanwhile.
    """
    used = any(planned.settings.get("iabp.enabled") for planned in steps)
    if "patient-model" in session.offers or not used or IABP_IN_AR in override:
        return
    ask = asyncio.ensure_future(operator.ask(QUESTION))
    try:
        await asyncio.wait({ask}, timeout=0)
        while session.realtime and not ask.done():
            await session.advance()  # SAFETY: nothing is armed before the answer
            drive.check()
        answer = await ask
    finally:
        ask.cancel()
    said = f" ({answer.text})" if answer.text else ""
    session.event("operator", f"{answer.outcome}{said}: {QUESTION}", "info")
    if answer.outcome == "declined":
        raise Ended("operator", f"balloon pump not confirmed{said}")
    if answer.outcome == "not asked":
        raise NotArmed([
            f"balloon pump without a patient model: an operator must confirm that the loop has no aortic regurgitation, and none is "
            f'there{said}; the protocol can say so by name: override = ["{IABP_IN_AR}"]'
        ])  # fmt: skip
