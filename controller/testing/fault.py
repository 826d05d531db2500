"""The fixture `fault`: what goes wrong on a simulated bench while a test looks on."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from controller.testing.choice import CannotRun

if TYPE_CHECKING:
    from controller.session.session import Session
    from controller.testing.rig import BenchRig
    from rigs.faulty import FaultyRig


class Faults:
    """Injects faults into the rig of this test; all are gone at its end.

    Kinds on a channel (``in.aop_mmHg``, ``out.valve_vacuum``): off, stuck, garbage, wrong (gain, offset), slow, delayed,
    intermittent (amount_s each). On the calls ``read`` and ``write``: off, intermittent.

    Raises (on construction):
        CannotRun: the bench is not simulated: nobody breaks a wired bench from here.
    """

    def __init__(self, rig: BenchRig) -> None:
        if not rig.simulated:
            raise CannotRun(f"the bench {rig.name} is not simulated: faults are injected on simulated benches only")
        self._rig = rig

    @property
    def _door(self) -> FaultyRig:
        from rigs.faulty import FaultyRig

        rig: Any = self._rig.session.loop.rig
        if not isinstance(rig, FaultyRig):
            raise CannotRun(f"the rig of the bench {self._rig.name} has no door for faults: {type(rig).__name__}")
        return rig

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
    ) -> int:
        """From the next tick on, or `after_s` later, for `duration_s`. Returns a number for `clear`.

        Raises:
            ValueError: no such channel or kind, times that are not above 0. OverflowError: too many faults at once.
        """
        begin_s = self._rig.t_s + after_s if after_s > 0.0 else None
        number = self._door.inject(
            channel, kind, begin_s=begin_s, duration_s=duration_s, gain=gain, offset=offset, amount_s=amount_s
        )
        text = f"{channel} {kind}" + (f" in {after_s:g} s" if after_s > 0.0 else "")
        self._rig.session.event("fault", f"injected: {text}", channel=channel, fault=kind)
        return number

    def force(self, channel: str, value: float, *, after_s: float = 0.0, duration_s: float = math.inf) -> int:
        """The channel shows `value` (NaN and infinities included), fresh and good as far as the driver can tell."""
        return self(channel, "wrong", after_s=after_s, duration_s=duration_s, gain=0.0, offset=value)

    def open_estop(self, *, after_s: float = 0.0, duration_s: float = math.inf) -> int:
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

    def clear(self, number: int | None = None) -> None:
        """Takes one fault away, or all."""
        if self._rig.is_open:
            self._door.clear(number)

    @contextmanager
    def during(self, channel: str, kind: str, **how: float) -> Iterator[int]:
        """The fault is there within the block only."""
        number = self(channel, kind, **how)
        try:
            yield number
        finally:
            self.clear(number)
