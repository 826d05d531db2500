"""Rows of a file that name their times, on an even grid: times that jitter, rows that are missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from controller.signals.channel import Samples
from controller.signals.resampling import LONGEST_GAP_S

GAP_STEPS = 5.0  # a step of so many usual ones, and longer than the gaps that are bridged, is rows that are missing
ROUNDED = 0.6  # of a step: times that were rounded, not samples that came unevenly


@dataclass(frozen=True, slots=True)
class Grid:
    """`rate_hz` of the rows between gaps; `t`: their times in s; `begins`: first row of every stretch without a gap."""

    t: Samples
    rate_hz: float
    begins: tuple[int, ...]

    @classmethod
    def of(cls, t: Samples) -> Self:
        """For rising times, at least two."""
        steps = np.diff(t)
        usual = steps <= max(GAP_STEPS * float(np.median(steps)), LONGEST_GAP_S)
        rate_hz = float(usual.sum() / steps[usual].sum())
        return cls(t, rate_hz, (0, *(int(i) + 1 for i in np.flatnonzero(~usual))))

    def laid(self, values: Samples) -> Samples:
        """One column on the grid that begins with the first row; NaN where rows are missing."""
        out = np.full(round((self.t[-1] - self.t[0]) * self.rate_hz) + 1, np.nan)
        for begin, end in zip(self.begins, (*self.begins[1:], len(self.t)), strict=True):
            at = (self.t[begin:end] - self.t[0]) * self.rate_hz
            first, count = round(at[0]), end - begin
            if np.abs(at - at[0] - np.arange(count)).max() < ROUNDED and first + count <= len(out):
                out[first : first + count] = values[begin:end]
            else:
                index = np.arange(int(np.ceil(at[0] - 1e-6)), min(int(at[-1] + 1e-6) + 1, len(out)))
                out[index] = np.interp(index, at, values[begin:end])
        return out
