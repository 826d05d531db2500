"""Advances the session slice by slice. All that may end or pause a protocol between two decisions is noticed here."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from controller.protocol.result import Ended
from controller.protocol.watch import Suspender, Watch, abort_watch, condition_text

if TYPE_CHECKING:
    from controller.config.conditions import AbortIf
    from controller.config.protocol import Protocol, Step
    from controller.protocol.interface import Session, Slice


class Drive:
    """The protocol's way through loop time.

    Args:
        session: armed and running before the first `slice`.
        protocol: its conditions hold in every slice; those of a step from `enter` to the next.
        after_slice: called when a slice is over (progress).
    """

    def __init__(self, session: Session, protocol: Protocol, after_slice: Callable[[], None]) -> None:
        self._session = session
        self._after_slice = after_slice
        self._protocol = protocol
        self._aborts: list[tuple[AbortIf, Watch]] = []
        self._suspenders: list[Suspender] = []
        self._own_aborts: list[tuple[AbortIf, Watch]] = []
        self._own_suspenders: list[Suspender] = []
        self._deviations: list[str] = []
        self._asked: Ended | None = None
        self._paused_at: int | None = None
        self._end_asked = asyncio.Event()
        self._unpaused = asyncio.Event()
        self.over = ""  # why nothing more is measured, once a record has ended
        self.counted = True  # whether the last slice counts as held

    # -- asked from outside

    def end(self, ended: Ended) -> None:
        """Asks for the end of the protocol; the first who asks is heard."""
        self._asked = self._asked or ended
        self._end_asked.set()
        self._unpaused.set()

    @property
    def paused(self) -> bool:
        return self._paused_at is not None

    def pause(self, by: str) -> None:
        """Holds the protocol's clock from the next slice on; the loop goes on."""
        if self._paused_at is None:
            self._paused_at = self._session.tick
            self._unpaused.clear()
            self._session.event("operator", f"protocol paused by {by}", "info", by=by)

    def resume(self, by: str) -> None:
        if self._paused_at is not None:
            lasted_s = (self._session.tick - self._paused_at) * self._session.period_s
            self._paused_at = None
            self._deviations.append(f"paused by {by} for {lasted_s:g} s")
            self._session.event("operator", f"protocol resumed by {by} after {lasted_s:g} s", "info", by=by)
            self._unpaused.set()

    @property
    def waiting_for(self) -> str:
        """What the protocol's clock waits for, in words; empty while it runs."""
        if self.paused:
            return "paused"
        held = [s for s in self._suspenders + self._own_suspenders if s.active]
        return "suspended: " + condition_text(held[0].condition, held[0].value) if held else ""

    # -- asked by the steps

    def begin(self) -> None:
        """From now on the protocol's own conditions are watched."""
        period_s, now_s = self._session.period_s, self._session.t_s
        self._aborts = [(c, abort_watch(c, period_s, now_s)) for c in self._protocol.abort_if]
        self._suspenders = [Suspender(c, period_s, now_s) for c in self._protocol.suspend_if]

    def enter(self, step: Step, deviations: list[str]) -> None:
        """Watches the conditions of `step`; what deviates from the plan is written into `deviations`."""
        period_s, now_s = self._session.period_s, self._session.t_s
        self._own_aborts = [(c, abort_watch(c, period_s, now_s)) for c in step.abort_if]
        self._own_suspenders = [Suspender(c, period_s, now_s) for c in step.suspend_if]
        self._deviations = deviations

    async def slice(self, until_tick: int | None = None) -> Slice:
        """One slice, not beyond `until_tick`; `counted` says afterwards whether it counts as held.

        Raises:
            Ended: the operator, a condition, a stop or a trip ended the protocol.
            SessionEnded: from the session.
        """
        self.check()
        if not self._session.realtime:
            await self._stand_still()
        self.counted = not self.waiting_for
        piece = await self._session.advance(until_tick)
        self.over = piece.over
        self._check_state(piece)
        self._watch(piece)
        self.check()
        self._after_slice()
        return piece

    def check(self) -> None:
        """Raises Ended if somebody asked for the end."""
        if self._asked is not None:
            raise self._asked

    async def end_asked(self) -> None:
        """Waits until somebody asks for the end."""
        await self._end_asked.wait()

    # -- inside

    async def _stand_still(self) -> None:
        """Virtual time does not go on while a person thinks."""
        while self.paused:
            self._after_slice()
            await self._unpaused.wait()
            self.check()

    def _check_state(self, piece: Slice) -> None:
        state = piece.state
        if piece.tripped or state in ("SAFE", "FAULT"):
            raise Ended("trip", f"the machine tripped: {', '.join(self._session.latched) or 'cause not known'}")
        if state != "RUNNING":
            raise Ended("stop", f"the machine was stopped: it is in {state}")

    def _watch(self, piece: Slice) -> None:
        tick = self._session.tick
        met = [(c, w.value) for c, w in self._aborts + self._own_aborts if w.push(piece, tick)]
        for condition, value in sorted(met, key=lambda pair: not pair[0].trip)[:1]:
            text = condition_text(condition, value)
            self._session.event("condition", f"abort_if: {text}", "high", value=value)
            if condition.trip:
                self._session.trip(text)
                raise Ended("trip", f"tripped by the protocol: {text}")
            raise Ended("abort_if", text)
        for suspender in self._suspenders + self._own_suspenders:
            self._suspend(suspender, suspender.push(piece, tick))

    def _suspend(self, suspender: Suspender, change: str) -> None:
        if not change:
            return
        text = condition_text(suspender.condition, suspender.value)
        if change == "paused":
            self._session.event("condition", f"suspended: {text}", "medium", value=suspender.value)
            return
        lasted_s = suspender.lasted * self._session.period_s
        self._deviations.append(f"suspended for {lasted_s:g} s: {text}")
        if change == "expired":
            raise Ended("suspended", f"suspended for more than {suspender.condition.limit_s:g} s: {text}")
        self._session.event("condition", f"resumed after {lasted_s:g} s: {text}", "info", value=suspender.value)
