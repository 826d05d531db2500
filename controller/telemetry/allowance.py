"""How many messages may go out now: a rate in wall-clock time, with room for a burst after a pause of the machine."""

from __future__ import annotations

SLACK = 1.05  # the loop's clock and ours differ; only what is clearly faster than real time is held back


class Allowance:
    """Grows by `rate_hz` (and a little) a second up to `burst` messages, with which it begins.

    A loop in real time never meets it. One in fast mode makes hundreds of intervals in the time of one; those beyond the
    allowance are left out.
    """

    def __init__(self, rate_hz: float, burst: int) -> None:
        self._rate_hz = rate_hz * SLACK
        self._burst = burst
        self._left = float(burst)
        self._then_s: float | None = None

    def at(self, now_s: float) -> int:
        """Whole messages allowed at the monotonic instant `now_s`."""
        if self._then_s is not None:
            self._left = min(float(self._burst), self._left + (now_s - self._then_s) * self._rate_hz)
        self._then_s = now_s
        return int(self._left)

    def spend(self, messages: int) -> None:
        self._left -= messages
