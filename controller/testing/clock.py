"""The fixture `clock`: loop time of the rig."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from controller.testing.rig import BenchRig


class LoopClock:
    """Time as the loop counts it. Virtual on a simulated bench: it passes only when asked to."""

    def __init__(self, rig: BenchRig) -> None:
        self._rig = rig

    @property
    def virtual(self) -> bool:
        return self._rig.simulated

    @property
    def period_s(self) -> float:
        return self._rig.period_s

    @property
    def tick(self) -> int:
        """Ticks done since the bench was opened."""
        return self._rig.tick

    @property
    def t_s(self) -> float:
        """Seconds since the bench was opened."""
        return self._rig.t_s

    def advance(self, seconds: float) -> None:
        """Lets `seconds` pass."""
        self._rig.advance(seconds)

    def ticks(self, count: int) -> None:
        """Lets `count` ticks pass."""
        self._rig.advance(count * self.period_s)

    def until(self, t_s: float) -> None:
        """Lets time pass until loop time `t_s`. Raises ValueError if that is over."""
        left_s = t_s - self.t_s
        if left_s < 0.0 and self.virtual:
            raise ValueError(f"clock.until({t_s:g}): it is {self.t_s:g} s already")
        self._rig.advance(max(left_s, 0.0))
