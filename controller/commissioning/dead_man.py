"""The dead-man key: how long what is held may go on after each sign of the key.

A terminal tells presses only. Held, a key repeats: first after the repeat delay of its keyboard (250 to 700 ms as systems come),
then 10 to 30 times a second. So the first sign is good for FIRST_S, to bridge that delay, and every further one for AGAIN_S: the
release is in force AGAIN_S after the last repeat, and a mere tap lasts FIRST_S. The end itself is counted in ticks by the core
(cext/laws/direct.pyx), not here.
"""

from __future__ import annotations

FIRST_S = 0.8
AGAIN_S = 0.25


class DeadMan:
    """Says for how long each sign of the key is good. Times in s of any clock that only goes forward."""

    def __init__(self) -> None:
        self._until_s = 0.0

    def held(self, now_s: float) -> bool:
        return now_s < self._until_s

    def sign(self, now_s: float) -> float:
        """The key has spoken; returns for how long that is good."""
        good_s = AGAIN_S if self.held(now_s) else FIRST_S
        self._until_s = now_s + good_s
        return good_s

    def let_go(self) -> None:
        self._until_s = 0.0
