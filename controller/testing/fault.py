"""The fixture `fault`: what goes wrong on a simulated bench while a test looks on."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from controller.faults import Fault, put_in
from controller.faults.schedule import door
from controller.testing.choice import CannotRun

if TYPE_CHECKING:
    from controller.session.session import Session
    from controller.testing.rig import BenchRig
    from rigs.faulty import FaultyRig


class Faults:
    """Injects faults into the rig of this test; all are gone at its end.

    Kinds on a channel (``in.aop_mmHg``, ``out.valve_vacuum``): off, stuck, garbage, wrong (gain, offset), slow, delayed,
    intermittent (amount_s each). The same on a device of the bench (a card's or a drive's name): on all its channels.
    On the calls ``read`` and ``write``: off, intermittent.

    Raises (on construction):
        CannotRun: the bench is not simulated: nobody breaks a wired bench from here.
    """

    def __init__(self, rig: BenchRig) -> None:
        if not rig.simulated:
            raise CannotRun(f"the bench {rig.name} is not simulated: faults are injected on simulated benches only")
        self._rig = rig

    @property
    def _door(self) -> FaultyRig:
        return door(self._rig.session)

    def __call__(
        self,
        channel: str,
        kind: str,
        *,
        after_s: float = 0.0,
        duration_s: float = math.inf,
        gain: float = 1.0,
        offset: float = 0.0,
        amount_s: float = 0.05,
    ) -> tuple[int, ...]:
        """From the next tick on, or `after_s` later, for `duration_s`. Returns numbers for `clear`.

        Raises:
            ValueError: no such channel or kind, times that are not above 0. OverflowError: too many faults at once.
        """
        begin_s = self._rig.t_s + after_s if after_s > 0.0 else None
        fault = Fault(channel, kind, begin_s or self._rig.t_s, duration_s, gain, offset, amount_s)
        return put_in(self._rig.session, fault, begin_s)

    def force(self, channel: str, value: float, *, after_s: float = 0.0, duration_s: float = math.inf) -> tuple[int, ...]:
        """The channel shows `value` (NaN and infinities included), fresh and good as far as the driver can tell."""
        return self(channel, "wrong", after_s=after_s, duration_s=duration_s, gain=0.0, offset=value)

    def open_estop(self, *, after_s: float = 0.0, duration_s: float = math.inf) -> tuple[int, ...]:
        """The emergency-stop chain opens."""
        return self.force("in.estop", 1.0, after_s=after_s, duration_s=duration_s)

    def silence_supervisor(self, seconds: float) -> None:
        """Lets `seconds` pass without a heartbeat of the supervisor.

        Raises:
            ValueError: longer than the ring holds frames, 15 s.
        """
        if not 0.0 < seconds <= 15.0:
            raise ValueError(f"fault.silence_supervisor({seconds}): above 0, at most 15 s")

        async def silent(session: Session) -> None:
            session.event("fault", f"injected: the supervisor is silent for {seconds:g} s")
            target = session.tick + round(seconds / session.period_s)
            while session.loop.run(target) < target:
                await asyncio.sleep(0.0)
            await session.advance(session.tick)  # what happened meanwhile is seen

        self._rig.operate(silent)

    def clear(self, numbers: tuple[int, ...] | None = None) -> None:
        """Takes one fault away, or all."""
        if self._rig.is_open:
            for number in (None,) if numbers is None else numbers:
                self._door.clear(number)

    @contextmanager
    def during(self, channel: str, kind: str, **how: float) -> Iterator[tuple[int, ...]]:
        """The fault is there within the block only."""
        numbers = self(channel, kind, **how)
        try:
            yield numbers
        finally:
            self.clear(numbers)
