"""Runs a protocol: arms, starts, takes the steps in order, and tears down whatever happens."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from controller.config.plan import Plan
from controller.config.plan import plan as make_plan
from controller.protocol.confirm import confirm
from controller.protocol.drive import Drive
from controller.protocol.limits import Measured
from controller.protocol.operator import NoOperator, Operator
from controller.protocol.progress import Reporter, Sink, Standing
from controller.protocol.result import Ended, ProtocolResult, StepResult
from controller.protocol.step import StepRun
from controller.protocol.teardown import Ending, taken_back
from controller.session.errors import NotArmed, SessionEnded

if TYPE_CHECKING:
    from controller.config.protocol import Protocol
    from controller.protocol.interface import Session


async def run_protocol(
    protocol: Protocol,
    session: Session,
    *,
    operator: Operator | None = None,
    progress: Sink | None = None,
) -> ProtocolResult:
    """Runs `protocol` on an open session in IDLE and returns what came of it. See `ProtocolRun`."""
    return await ProtocolRun(protocol, session, operator=operator, progress=progress).run()


class ProtocolRun:
    """One run of a protocol, with a handle on it: `pause`, `resume`, `abort`, `interrupt`, `trip` from the same event loop.

    Args:
        plan: of the protocol with the settings that will be in force; made here unless given.
        operator: who answers prompts; nobody by default.
        session: open and in IDLE, with the settings in force that the protocol's ``[set]`` and the command line ask for.
        progress: called with a `Standing` at most 4 times a second in wall time, and when a step begins.
    """

    def __init__(
        self,
        protocol: Protocol,
        session: Session,
        *,
        plan: Plan | None = None,
        operator: Operator | None = None,
        progress: Sink | None = None,
    ) -> None:
        self._protocol, self._session = protocol, session
        self._operator: Operator = operator if operator is not None else NoOperator()
        self._reporter = Reporter(progress)
        self._drive = Drive(session, protocol, self._report)
        self._ending = Ending(protocol.teardown, session, self._report)
        self._plan = plan or make_plan(protocol, session.values())
        self._left_s = sum(planned.expected_s for planned in self._plan.steps)  # of the steps not yet begun
        self._now: StepRun | None = None
        self._begun = False
        self.result = ProtocolResult(
            protocol=protocol.name,
            title=protocol.title,
            steps=[StepResult(p.step.name, p.number, p.turn, p.step.title or "") for p in self._plan.steps],
        )

    # -- the handle

    def pause(self, by: str = "the operator") -> None:
        """Stops the protocol's clock: the loop goes on as it is, hold time does not count. Nothing if paused already."""
        self._drive.pause(by)

    def resume(self, by: str = "the operator") -> None:
        """Lets the protocol's clock go on."""
        self._drive.resume(by)

    @property
    def paused(self) -> bool:
        return self._drive.paused

    def abort(self, why: str = "aborted by the operator") -> None:
        """Ends the protocol at the next slice, with its teardown. Nothing more if that has begun."""
        self._drive.end(Ended("operator", why))

    def interrupt(self, why: str = "interrupted") -> None:
        """For SIGINT and SIGTERM: the first aborts, a second during the teardown trips."""
        if self._ending.begun:
            self._ending.interrupt(why)
        else:
            self._drive.end(Ended("interrupt", why))

    def trip(self, why: str) -> None:
        """The immediate safe state, whatever the protocol does."""
        self._session.trip(why)

    # -- the run

    async def run(self) -> ProtocolResult:
        """Runs the protocol to its end and always returns a result; cancelling the task is an `interrupt`.

        Raises:
            RuntimeError: this run was begun before.
            BaseException: what is neither an Exception nor a cancellation nor Ctrl-C (it trips the machine first).
        """
        if self._begun:
            raise RuntimeError(f"protocol {self._protocol.name}: this run was begun already, make another one")
        self._begun = True
        self.result.start_s = self._session.t_s
        try:
            await self._steps()
        except BaseException as error:
            self._ended_by(error)
        await self._ending.run(self.result)
        self._session.event("step", f"protocol {self._protocol.name}: {self.result.verdict}", verdict=self.result.verdict)
        if self._reporter.failed is not None:
            self.result.deviations.append(f"progress display failed: {self._reporter.failed!r}")
        self._report(done=True)
        return self.result

    def refused(self, error: NotArmed) -> ProtocolResult:
        """The result of a run whose bench did not come to IDLE: nothing was begun, and nothing is to be torn down."""
        self._begun = True
        self.result.start_s = self.result.end_s = self._session.t_s
        self._ended_by(error)
        self.result.tripped = self._session.latched
        return self.result

    async def _steps(self) -> None:
        session = self._session
        override = self._protocol.protocol.override
        await confirm(session, self._plan.steps, override, self._drive, self._operator)
        await session.arm(override=override)
        await session.start()
        self._drive.begin()
        measured: dict[str, Measured] = {}
        for planned, result in zip(self._plan.steps, self.result.steps, strict=True):
            name, number = planned.step.name, planned.number
            if self._drive.over:
                raise Ended("record-over", f"{self._drive.over}, before step {number} of {len(self._plan.steps)}")
            session.set({"run.step": number})
            text = f"step {number} of {len(self._plan.steps)}: {planned.label}"
            session.event("step", text, step=name, number=number, begins=True)
            self._now = StepRun(planned, result, measured, session, self._drive, self._operator)
            self._left_s -= planned.expected_s
            self._report(now=True)
            measured[name] = await self._now.run()
            why = "".join(f"; {failure}" for failure in result.failures)
            session.event("step", f"{planned.label}: {result.verdict}{why}", step=name, number=number, verdict=result.verdict)

    def _ended_by(self, error: BaseException) -> None:
        """Writes into the result what ended the steps. Raises what must not be kept."""
        result = self.result
        match error:
            case Ended():
                result.cause, result.reason = error.cause, error.reason
            case asyncio.CancelledError() | KeyboardInterrupt():
                taken_back()
                result.cause, result.reason = "interrupt", "interrupted"
            case SessionEnded():
                result.cause, result.reason = "fault", str(error)
            case NotArmed():
                result.cause, result.reason = "not-armed", str(error)
            case Exception():
                result.cause, result.reason, result.error = "error", f"{type(error).__name__}: {error}", error
            case _:
                self._session.trip(f"the supervisor leaves: {error!r}")
                raise error
        priority = "info" if result.cause in ("operator", "interrupt") else "high"
        self._session.event("step", f"protocol ended: {result.reason}", priority, cause=result.cause)

    # -- progress

    def _report(self, *, now: bool = False, done: bool = False) -> None:
        self._reporter.report(lambda: self._standing(done), now=now or done)

    def _standing(self, done: bool) -> Standing:
        elapsed_s = self._session.t_s - self.result.start_s
        steps, run = len(self._plan.steps), self._now
        if done:
            return Standing(steps, steps, self._protocol.name, self.result.verdict, elapsed_s, 0.0, 0.0, True)
        left_s = self._ending.left_s
        if self._ending.begun:
            number, name, text = steps + 1, "teardown", "stopping"
        elif run is None:
            number, name, text = 0, self._protocol.name, "arming"
            left_s += self._left_s
        else:
            number, name, text = run.planned.number, run.planned.label, self._drive.waiting_for or run.phase
            left_s += self._left_s + max(0.0, run.planned.expected_s - run.spent_s)
        return Standing(number, steps, name, text, elapsed_s, left_s, self._reporter.wall_remaining_s(elapsed_s, left_s))
