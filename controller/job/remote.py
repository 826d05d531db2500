"""A run that is commanded from elsewhere than a console: what is asked for over MQTT reaches the protocol here."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from controller.console.obey import hold_stop
from controller.protocol.operator import Answer, FirstToAnswer, Operator

if TYPE_CHECKING:
    from controller.processes.json_lines import Message
    from controller.protocol.engine import ProtocolRun
    from controller.session.session import Session


class Remote:
    """A `Commanded` without a screen of its own. `send` takes the answers."""

    def __init__(self, session: Session, send: Callable[[Message], object]) -> None:
        self.session: Session | None = session
        self.run: ProtocolRun | None = None
        self.stop_held = False
        self.in_control = ""
        self._send = send
        self._numbers = itertools.count(1)
        self._asked: tuple[int, asyncio.Future[Answer]] | None = None

    def later(self, command: Message) -> bool:
        """Arming, starting and resetting are the run's own business."""
        return False

    def hold_stop(self, held: bool, by: str) -> None:
        self.stop_held = held
        if self.session is not None:
            hold_stop(self.session, held, by)

    def tell(self, **changes: Any) -> None:
        """Nobody looks on here: what changes goes out as events."""

    def reply(self, command: Message, reply: Message) -> None:
        self._send({"id": command.get("id"), **reply})

    def answer(self, number: int, answer: Answer) -> bool:
        if self._asked is None or self._asked[0] != number or self._asked[1].done():
            return False
        self._asked[1].set_result(answer)
        return True

    def beside(self, terminal: Operator) -> Operator:
        """Who is asked: the terminal and whoever commands; the first to answer is heard."""
        return FirstToAnswer(self, terminal)

    async def ask(self, text: str) -> Answer:
        number = next(self._numbers)
        self._asked = number, asyncio.get_running_loop().create_future()
        if self.session is not None:
            self.session.event("operator", f"question {number} waits for an answer: {text}", "info", prompt=number)
        try:
            return await self._asked[1]
        finally:
            self._asked = None
