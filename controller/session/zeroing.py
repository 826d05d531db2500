"""Zeroing inputs while the loop runs: the reading with nothing on the sensor becomes 0, from one tick to the next.

It holds for this run and is announced; what lies beside the bench file is `mockloop calibrate zero`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from cext.loop import Loop
from cext.tables.load import inputs
from controller.calibration.line import Refused, check_noise, check_zero
from controller.session.reading import Limits


class Zeroing:
    """One zeroing of some inputs. `push` what is read from when it is still; `finish` judges and corrects.

    Args:
        channels: names without ``in.``, of this bench.
        limits: rows of the bench's inputs, for their ranges.
        announce: Session.event.
    """

    def __init__(self, loop: Loop, channels: Sequence[str], limits: Limits, announce: Callable[..., Any]) -> None:
        self._loop, self._channels, self._limits, self._announce = loop, channels, limits, announce
        self._read: list[np.ndarray] = []

    def put_references(self) -> None:
        """Opens the lines to air where the bench can by itself; elsewhere a person has, asked by the step's prompt."""
        for channel in self._channels:
            self._loop.rig.put_reference(channel, 0.0)

    def take_references(self) -> None:
        """Gives the sensors back to the loop."""
        for channel in self._channels:
            self._loop.rig.put_reference(channel, None)

    def push(self, frames: np.ndarray) -> None:
        self._read.append(frames)

    def finish(self) -> list[str]:
        """Corrects what can be corrected; returns what was refused, in words."""
        frames = np.concatenate(self._read)
        refused = []
        for channel in self._channels:
            try:
                self._zero(channel, frames)
            except Refused as error:
                refused.append(f"not zeroed: {error}")
                self._announce("deviation", refused[-1], "medium", channel=channel)
        return refused

    def _zero(self, channel: str, frames: np.ndarray) -> None:
        path = f"in.{channel}"
        i = [signal.path for signal in inputs()].index(path)
        unit, row = inputs()[i].unit, self._limits[channel]
        span = row["high"] - row["low"]
        values = frames[path].astype(float)
        bad = int(np.count_nonzero((frames["quality"][:, i] != 0) | ~np.isfinite(values)))
        if bad or not len(values):
            raise Refused(f"{channel}: {bad} of {len(values)} readings are bad: look at sensor and wire")
        check_noise(channel, float(np.std(values)), span, unit)
        shown = float(np.mean(values))
        gain, offset = self._loop.calibration().get(channel, (1.0, 0.0))
        check_zero(channel, offset - shown, span, unit)
        self._loop.zero(channel, offset - shown)
        text = f"{channel} zeroed: it read {shown:+.3g} {unit}, offset {offset:+.4g} -> {offset - shown:+.4g} {unit}"
        self._announce("calibration", text, "info", channel=channel, gain=gain, offset_before=offset, offset=offset - shown)
