"""How often a drive is asked: as often as wanted, and never faster than it answers."""

from __future__ import annotations

SHARE = 1.5  # a period is at least this many turnarounds
FORGET = 0.1  # weight of the newest turnaround in the mean


class Pace:
    """Poll rate = min(asked, 1/(1.5 × turnaround)), with the measured turnaround of a whole exchange.

    The turnaround that counts is the greater of mean and newest: a drive that turns slow is given time at once, one that
    turns quick only after a while.
    """

    def __init__(self, asked_hz: float) -> None:
        self._asked_s = 1.0 / asked_hz
        self._mean_s = 0.0
        self.turnaround_s = 0.0

    def measured(self, turnaround_s: float) -> None:
        self._mean_s += (turnaround_s - self._mean_s) * (FORGET if self._mean_s else 1.0)
        self.turnaround_s = max(self._mean_s, turnaround_s)

    @property
    def period_s(self) -> float:
        return max(self._asked_s, SHARE * self.turnaround_s)
