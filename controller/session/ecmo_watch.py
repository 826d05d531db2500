"""Alarms of VA-ECMO, told from the frames: the vein that is sucked onto the cannula, and blood that runs back."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from controller.session.notice import Notice

DRAIN_mmHg = -100.0  # below -80 to -100 mmHg the line chatters
QUIET_S = 5.0
BACK_L_min = -0.2
BACK_S = 1.0


class EcmoWatch:
    """Compares each block of frames with the one before."""

    def __init__(self, period_s: float) -> None:
        self._quiet = round(QUIET_S / period_s)
        self._back = round(BACK_S / period_s)
        self._low: int | None = None  # tick of the last reading below the limit, while the alarm is there
        self._forward = -1  # tick of the last flow that was not backward
        self._backward = False

    def look(self, frames: np.ndarray) -> Iterator[Notice]:
        """What these frames (oldest first) bring to tell."""
        ticks = frames["time.tick"].astype(np.int64)
        yield from self._drain(ticks, frames["in.ecmo_drain_mmHg"] < DRAIN_mmHg, frames["in.ecmo_drain_mmHg"])
        back = frames["in.ecmo_flow_L_min"] < BACK_L_min
        if self._forward < 0:
            self._forward = int(ticks[0])
        last = np.maximum.accumulate(np.where(back, self._forward, ticks))
        told = ticks - last >= self._back
        before = np.concatenate(([self._backward], told[:-1]))
        for i in np.flatnonzero(told != before).tolist():
            if told[i]:
                text = "ecmo-backflow: blood runs from the artery back through the circuit: clamp the line or turn the pump up"
                yield Notice(int(ticks[i]), text, "high", "ecmo-backflow")
            else:
                yield Notice(int(ticks[i]), "ecmo-backflow has ended", "info", "ecmo-good", "ecmo-backflow")
        self._forward, self._backward = int(last[-1]), bool(told[-1])

    def _drain(self, ticks: np.ndarray, low: np.ndarray, pressure: np.ndarray) -> Iterator[Notice]:
        for i in np.flatnonzero(low).tolist():
            if self._low is not None and ticks[i] - self._low > self._quiet:
                yield self._calm()
            if self._low is None:
                what = "the vein lies on the cannula; give volume or turn the pump down"
                yield Notice(
                    int(ticks[i]), f"ecmo-chatter: drain pressure {pressure[i]:.0f} mmHg: {what}", "medium", "ecmo-chatter"
                )
            self._low = int(ticks[i])
        if self._low is not None and ticks[-1] - self._low > self._quiet:
            yield self._calm()
            self._low = None

    def _calm(self) -> Notice:
        tick = (self._low or 0) + self._quiet
        self._low = None
        return Notice(tick, "ecmo-chatter has ended", "info", "ecmo-good", "ecmo-chatter")
