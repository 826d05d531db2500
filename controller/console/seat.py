"""A console beside a run: what the job tells it, and what it waits for at the end."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from controller.console.desk import Desk
from controller.processes.json_lines import Message
from controller.protocol.operator import Answer, FirstToAnswer, Operator
from controller.session.errors import NotArmed, SessionEnded

if TYPE_CHECKING:
    from controller.config.experiment import Experiment
    from controller.config.plan import Plan
    from controller.protocol.engine import ProtocolRun
    from controller.protocol.progress import Standing
    from controller.session.session import Session


class Seat:
    """Shows one run on the console. `holds`: after a trip the bench stays in SAFE until a person resets it.

    `terminal`: somebody who can be asked there as well; whoever answers first is heard.
    """

    def __init__(self, desk: Desk, *, holds: bool = False, terminal: Operator | None = None) -> None:
        self.leaving = asyncio.Event()
        self.desk, self._holds = desk, holds
        self._operator: Operator = FirstToAnswer(desk, terminal) if terminal is not None else desk

    def opened(self, session: Session, experiment: Experiment, folder: Path, planned: Plan) -> None:
        """A session is about to open."""
        protocol = planned.protocol
        self.desk.attach(
            session,
            phase="running",
            bench=experiment.bench.bench.name,
            title=experiment.bench.bench.title,
            protocol=protocol.name,
            protocol_title=protocol.title,
            patient=experiment.patient.patient.name if experiment.patient else None,
            folder=folder.name,
            steps=[{"label": step.label, "expected_s": step.expected_s} for step in planned.steps],
        )

    def began(self, run: ProtocolRun) -> None:
        self.desk.run = run

    def progress(self, at: Standing) -> None:
        self.desk.progress(at)

    async def ask(self, text: str) -> Answer:
        """The `Operator` of the run."""
        return await self._operator.ask(text)

    async def over(self, session: Session, verdict: str) -> None:
        """The protocol has ended; the session is still open."""
        self.desk.run = None
        self.desk.tell(verdict=verdict, prompt=None, phase="tripped" if session.state == "SAFE" else "ending")
        if self._holds and session.state == "SAFE":
            await self._until_reset(session)
        self.desk.tell(phase="ending")

    def closed(self) -> None:
        self.desk.elsewhere.clear()
        self.desk.detach()

    async def _until_reset(self, session: Session) -> None:
        # SAFETY: another session would begin without the latched trip; a person has to have seen it and to have reset it
        wishes: asyncio.Queue[Message] = asyncio.Queue()

        def later(command: Message) -> bool:
            if command.get("name") == "reset":
                wishes.put_nowait(command)
            return command.get("name") == "reset"

        before, self.desk.later = self.desk.later, later
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):  # those of the run are gone, and the bench must be closed in order
            loop.add_signal_handler(number, self.leaving.set)
        try:
            while session.state == "SAFE" and not self.leaving.is_set():
                if wishes.empty():
                    # Virtual time stands still while nobody asks for anything.
                    await (session.advance() if session.realtime else asyncio.sleep(0.05))
                    continue
                await reset(self.desk, session, wishes.get_nowait())
        except SessionEnded as error:
            session.event("fault", str(error), "high")
        finally:
            self.desk.later = before


async def reset(desk: Desk, session: Session, command: Message) -> None:
    """A person's reset, answered."""
    answer: dict[str, Any]
    try:
        session.event("operator", f"reset by {command.get('by')}", "info")
        await session.reset()
        answer = {"ok": True, "text": "reset"}
    except NotArmed as error:
        answer = {"ok": False, "text": "the reset was not followed", "problems": list(error.reasons)}
    desk.reply(command, answer)
