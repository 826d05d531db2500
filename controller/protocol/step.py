"""Runs one step: prompt, zero, set, ramps, hold, measurement, limits."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING

from controller.metrics import rhythm_of
from controller.protocol.hold import Hold
from controller.protocol.limits import Measured, judge, not_judged
from controller.protocol.operator import Answer
from controller.protocol.result import Ended, Prompted, StepResult
from controller.protocol.zero import zero

if TYPE_CHECKING:
    from controller.config.plan import PlannedStep
    from controller.config.protocol import Step, Teardown
    from controller.protocol.drive import Drive
    from controller.protocol.interface import Session
    from controller.protocol.operator import Operator


class StepRun:
    """One run of one step. `result` is filled while it goes on; `phase` says in words what it does.

    Args:
        earlier: what the steps before have measured, by name.
    """

    def __init__(
        self,
        planned: PlannedStep,
        result: StepResult,
        earlier: Mapping[str, Measured],
        session: Session,
        drive: Drive,
        operator: Operator,
    ) -> None:
        self.planned, self.step, self.result = planned, planned.step, result
        self.phase = self._first_phase()
        self._earlier, self._session, self._drive, self._operator = earlier, session, drive, operator
        self._ramp_from: int | None = None
        self._hold: Hold | None = None

    @property
    def spent_s(self) -> float:
        """Time of the ramps and the hold so far, without pauses and prompts."""
        if self._hold is not None:
            return self.step.ramp_s + self._hold.counted_s
        return 0.0 if self._ramp_from is None else (self._session.tick - self._ramp_from) * self._session.period_s

    async def run(self) -> Measured:
        """Runs the step to its verdict and returns what it measured.

        Raises:
            Ended: as `Drive.slice`, and when a prompt is declined or not answered in time.
            Exception: whatever the session or the operator raises; the result is well-formed then, too (aborted).
        """
        step, result = self.step, self.result
        result.start_s = self._session.t_s
        try:
            self._drive.enter(step, result.deviations)
            if step.prompt is not None:
                await self._prompt(step.prompt)
            if step.zero:
                self.phase = f"zero {', '.join(step.zero)}"
                result.failures += await zero(step, self._session, self._drive)
            if step.set:
                self._session.set(step.set)
            await self._ramp()
            await self._hold_on()
        except BaseException:
            result.verdict = "aborted"
            self._measure()
            result.limits = [not_judged(expect) for expect in step.expect]
            raise
        finally:
            result.end_s = self._session.t_s
        measured = self._measure()
        result.limits = [judge(expect, measured, self._earlier) for expect in step.expect]
        result.failures += [limit.reason for limit in result.limits if limit.verdict == "fail"]
        result.verdict = "fail" if result.failures else "pass"
        return measured

    def _first_phase(self) -> str:
        if self.step.prompt is not None:
            return f"waits for the operator: {self.step.prompt}"
        return "ramp" if self.step.ramp else self._hold_phase()

    def _hold_phase(self) -> str:
        step = self.step
        if step.hold_s is not None:
            return f"hold {step.hold_s:g} s"
        return f"hold {step.hold_beats} beats" if step.hold_beats is not None else "until steady"

    def _measure(self) -> Measured:
        return self.result.measured(self._hold.measure() if self._hold is not None else None)

    async def _prompt(self, text: str) -> None:
        self._session.event("operator", f"prompt: {text}", "info", step=self.step.name)
        answer = await self._answer(text)
        said = f" ({answer.text})" if answer.text else ""
        self.result.prompts.append(Prompted(text, answer.outcome, answer.text, self._session.t_s))
        self._session.event("operator", f"{answer.outcome}{said}: {text}", "info", step=self.step.name)
        if answer.outcome == "declined":
            raise Ended("operator", f"declined{said}: {text}")
        if self.step.acknowledge and answer.outcome == "answered":
            self._session.acknowledge("the operator")
        if answer.outcome == "not asked":
            self.result.deviations.append(f"prompt not asked{said}: {text}")

    async def _answer(self, text: str) -> Answer:
        """Asks while the loop goes on; in virtual time the loop stands still meanwhile.

        The limit counts loop time in real time, and wall time where loop time stands still.
        """
        limit_s = self.step.prompt_limit_s
        ask = asyncio.ensure_future(self._operator.ask(text))
        ended = asyncio.ensure_future(self._drive.end_asked())
        try:
            await asyncio.wait({ask}, timeout=0)  # who answers at once costs no slice
            if self._session.realtime:
                from_s = self._session.t_s
                while not ask.done() and (limit_s is None or self._session.t_s - from_s < limit_s):
                    await self._drive.slice()
            elif not ask.done():
                await asyncio.wait({ask, ended}, timeout=limit_s, return_when=asyncio.FIRST_COMPLETED)
            self._drive.check()
            if not ask.done():
                raise Ended("operator", f"no answer within {limit_s:g} s: {text}")
            return ask.result()
        finally:
            ask.cancel()
            ended.cancel()
            await asyncio.gather(ask, ended, return_exceptions=True)

    async def _ramp(self) -> None:
        if not self.step.ramp:
            return
        self.phase = "ramp"
        self._ramp_from = self._session.tick
        until = self._ramp_from + start_ramps(self.step, self._session)
        while self._session.tick < until:
            await self._drive.slice(until)

    async def _hold_on(self) -> None:
        session, drive = self._session, self._drive
        self.phase = self._hold_phase()
        hold = self._hold = Hold(
            self.step, rhythm_of(session.values(), "patient-model" in session.offers), session.period_s, session.tick
        )
        while not hold.done:
            piece = await drive.slice(hold.until_tick())
            hold.push(piece.beats, session.tick, drive.counted)
            if drive.over and not hold.done:
                hold.cut(drive.over)
                self.result.deviations.append(f"{drive.over}: held {hold.counted_s:g} s, {self._hold_phase()} was asked")
        if hold.missed:
            self.result.deviations.append(hold.missed)
            self.result.failures.append(hold.missed)
            session.event("deviation", f"step {self.step.name}: {hold.missed}", "low", step=self.step.name)


def start_ramps(part: Step | Teardown, session: Session) -> int:
    """Starts every ramp of a step or of the teardown; returns the ticks that the longest takes."""
    by_time: dict[float, dict[str, float]] = {}
    for path, ramp in part.ramp.items():
        by_time.setdefault(ramp.over_s, {})[path] = ramp.to
    for over_s, values in by_time.items():
        session.set(values, over_s)
    return round(max(by_time, default=0.0) / session.period_s)
