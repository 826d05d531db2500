"""The end of every run: settings of the teardown, ramp down, disarm; or, after a trip, what is left to do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from controller.protocol.step import start_ramps
from controller.session.errors import NotArmed, SessionEnded

if TYPE_CHECKING:
    from controller.config.protocol import Teardown
    from controller.protocol.interface import Session
    from controller.protocol.result import Cause, ProtocolResult

SAFE_STATES = ("SAFE", "FAULT")
MOST_SLICES_TO_SAFE = 20  # a demanded trip is due on the next tick; more than this and the loop is dead
MOST_FAILURES = 3  # of these slices


class Ending:
    """Runs the teardown once, in a task of its own that cancelling the protocol does not reach.

    An interrupt while it runs is the second one where an operator ended the protocol: it trips. Where the protocol had
    ended by itself the first interrupt asks for nothing that is not being done, and the next one trips.
    """

    def __init__(self, teardown: Teardown, session: Session, after_slice: Callable[[], None]) -> None:
        self._teardown, self._session, self._after_slice = teardown, session, after_slice
        self._ramp_s = max((ramp.over_s for ramp in teardown.ramp.values()), default=0.0)
        self._until: int | None = None  # tick at which its ramps and hold end
        self._warned = False
        self._why = ""  # of the trip that was demanded in here
        self.begun = False

    @property
    def left_s(self) -> float:
        """Time that the teardown will still take if nothing comes between, s."""
        stop_s = float(self._session.value("guard.stop_ramp_s"))
        if self._until is None:
            return self._ramp_s + (self._teardown.hold_s or 0.0) + stop_s
        return max(0.0, (self._until - self._session.tick) * self._session.period_s + stop_s)

    def interrupt(self, why: str) -> None:
        """Trips, unless this is the first that is heard of an operator."""
        if self._warned:
            self._trip(f"{why} during the teardown")
        else:
            self._warned = True
            self._session.event("operator", f"{why}: the teardown is running already; once more trips", "low")

    async def run(self, result: ProtocolResult) -> None:
        """The teardown; writes what came of it into `result`. Raises RuntimeError when run twice."""
        if self.begun:
            raise RuntimeError("the teardown was run already")
        self.begun = True
        self._warned = result.cause in ("operator", "interrupt")
        task = asyncio.ensure_future(self._run(result))
        while not task.done():
            try:
                await asyncio.wait({task})
            except asyncio.CancelledError:
                taken_back()
                self.interrupt("interrupted")
        task.result()
        result.end_s = self._session.t_s

    async def _run(self, result: ProtocolResult) -> None:
        session = self._session
        try:
            if result.cause in ("trip", "fault") or session.state in SAFE_STATES:
                await self._after_trip(result)
            else:
                await self._orderly(result)
        except SessionEnded as error:
            self._overrule(result, "fault", str(error))
        except NotArmed as error:
            if session.state not in SAFE_STATES:
                self._trip(f"the teardown was not followed: {error}")
        except (Exception, asyncio.CancelledError) as error:
            self._trip(f"the teardown failed: {type(error).__name__}: {error}")
            result.error = result.error or error
        if session.state in ("RUNNING", "STOPPING") and not self._why:
            self._trip(f"the machine is still {session.state} after the teardown")
        if self._why:
            await self._until_safe()
            if session.state not in SAFE_STATES and result.cause not in ("trip", "fault"):
                self._overrule(result, "fault", f"{self._why}; the machine did not follow, its loop may be dead")
        if session.state in SAFE_STATES and result.cause not in ("trip", "fault"):
            latched = ", ".join(session.latched) or "cause not known"
            self._overrule(result, "trip", self._why or f"the machine tripped during the teardown: {latched}")
        if session.state in SAFE_STATES:
            result.tripped = session.latched

    async def _orderly(self, result: ProtocolResult) -> None:
        """Settings and hold while the machine runs, then the ramp down and disarming."""
        session = self._session
        energised = session.state == "RUNNING"
        ticks = self._settings(result, ramped=energised)
        session.event("step", "teardown" + ("" if energised else f": settings only, the machine is in {session.state}"))
        until = self._until = session.tick + ticks + round((self._teardown.hold_s or 0.0) / session.period_s)
        while energised and session.tick < until and session.state == "RUNNING":
            await session.advance(until)
            self._after_slice()
        await session.stop()
        await session.disarm()
        failed = result.teardown.startswith("failed")
        result.teardown = result.teardown if failed else "done" if energised else "settings only"

    async def _after_trip(self, result: ProtocolResult) -> None:
        """The machine is, or is about to be, safe and stays so; the settings matter for what comes after a reset."""
        if self._session.state != "FAULT":
            await self._until_safe()
        self._settings(result, ramped=False)
        state = self._session.state
        self._session.event("step", f"teardown after a trip: settings only, the machine rules itself (state {state})")
        result.teardown = result.teardown if result.teardown.startswith("failed") else "settings only"

    def _settings(self, result: ProtocolResult, *, ramped: bool) -> int:
        """Asks for the settings; returns the ticks of the longest ramp. What fails is written down and keeps nothing else."""
        ticks = 0
        try:
            self._session.set({"run.step": 0, **self._teardown.set})
            if ramped:
                ticks = start_ramps(self._teardown, self._session)
            elif self._teardown.ramp:
                self._session.set({path: ramp.to for path, ramp in self._teardown.ramp.items()})
        except Exception as error:
            result.teardown = f"failed: settings not accepted: {error}"
            result.error = result.error or error
            self._session.event("deviation", f"teardown {result.teardown}", "medium")
        return ticks

    def _trip(self, why: str) -> None:
        self._why = self._why or why
        self._session.trip(why)

    def _overrule(self, result: ProtocolResult, cause: Cause, reason: str) -> None:
        """What happened in here outranks how the protocol ended; that stays as a deviation."""
        if result.cause != "completed":
            result.deviations.append(f"ended before that: {result.reason}")
        result.cause, result.reason = cause, reason
        if not result.teardown.startswith("failed"):
            result.teardown = f"failed: {reason}"

    async def _until_safe(self) -> None:
        """Lets the loop act on a demanded trip."""
        failures = 0
        for _ in range(MOST_SLICES_TO_SAFE):
            if self._session.state in SAFE_STATES:
                return
            try:
                await self._session.advance()
            except asyncio.CancelledError:
                taken_back()
            except Exception as error:  # nothing is left to be done for it here
                failures += 1
                if failures == MOST_FAILURES:
                    self._session.event("fault", f"no loop left to trip: {error}", "high")
                    return


def taken_back() -> None:
    """A cancellation was acted upon: the task does not count as cancelled any longer (several at once arrive as one)."""
    task = asyncio.current_task()
    while task is not None and task.cancelling():
        task.uncancel()
