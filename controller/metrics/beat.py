"""The samples of one beat, and the marks that its metrics share."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import isfinite

import numpy as np

from cext.tables.models import models
from controller.metrics.context import Absent, Context
from controller.metrics.quantities import QUANTITIES, ROW, WORDS, Samples

NO_BEAT = "no ventricular activation in these {:.1f} s"


@dataclass(frozen=True)
class Beat:
    """From one ventricular activation to the next, or a window of time without any (`whole` False).

    samples: shape (quantities + clocks, n), n >= 1, as `Columns.take` gives them. start_s is loop time, duration_s lasts to
    the first sample of the next beat. number counts activations (or triggers, where there is no patient model).
    lost: samples missing inside, of a reader that was lapped.
    """

    samples: Samples
    context: Context
    start_s: float
    duration_s: float
    number: int
    whole: bool = True
    lost: int = 0

    @property
    def n(self) -> int:
        return int(self.samples.shape[1])

    @property
    def dt_s(self) -> float:
        return self.context.period_s

    @property
    def end_tick(self) -> int:
        return round((self.start_s + self.duration_s) / self.dt_s) if abs(self.start_s) + self.duration_s < 1e12 else -1

    def needs_activation(self) -> None:
        """Raises Absent for a window without beats: what follows has a meaning for a beat only."""
        if not self.whole:
            raise Absent(NO_BEAT.format(self.duration_s))

    def has(self, name: str) -> bool:
        """Whether the quantity is measured and every sample of it finite."""
        return isfinite(self._means[ROW[name]])

    def get(self, name: str) -> Samples:
        """The samples of a quantity, shape (n,). Raises Absent if it is not measured, or not finite throughout."""
        row = ROW[name]
        if not isfinite(self._means[row]):
            raise Absent(self._why_not(row))
        return self._rows[row]

    def mean(self, name: str) -> float:
        """Time mean of a quantity over the beat. Raises Absent like `get`."""
        self.get(name)
        return self._means[ROW[name]]

    def highest(self, name: str) -> float:
        """Greatest sample of a quantity. Raises Absent like `get`."""
        return float(self.get(name).max())

    def lowest(self, name: str) -> float:
        """Least sample of a quantity. Raises Absent like `get`."""
        return float(self.get(name).min())

    @cached_property
    def _means(self) -> list[float]:
        # The mean of a row is finite exactly when every sample is (and their sum does not overflow).
        means: list[float] = (self.samples[: len(QUANTITIES)].sum(axis=1) / self.n).tolist()
        return means

    @cached_property
    def _rows(self) -> list[Samples]:
        return list(self.samples)

    def _why_not(self, row: int) -> str:
        quantity = QUANTITIES[row]
        bad = int(np.count_nonzero(~np.isfinite(self.samples[row])))
        path = quantity.path(self.context.source)
        model = models()[self.context.model]
        if path and not model.has(path):
            return f"{quantity.words} ({path}) is not in the circulation model {model.name}"
        if bad == self.n:
            return f"{quantity.words} is not measured on this bench" + (f" ({path})" if path else "")
        if bad == 0:
            return f"{quantity.words} ({path}) is beyond every physical value"
        return f"{quantity.words} ({path}): {bad} of {self.n} samples are not finite"

    # ---- marks: sample numbers counted from activation onset

    @cached_property
    def slope_mmHg_s(self) -> Samples:
        """dP/dt of LV pressure at samples h…n−1−h: least-squares line through 2h+1 samples, h as `slope_half_width`."""
        pressure, h = self.get("lvp_mmHg"), self.slope_half_width
        if self.n < 2 * h + 1:
            raise Absent(f"{self.n} samples are too few for a slope")
        rise = np.zeros(self.n - 2 * h)
        for k in range(1, h + 1):
            rise += k * (pressure[h + k : self.n - h + k] - pressure[h - k : self.n - h - k])
        return rise / (h * (h + 1) * (2 * h + 1) / 3.0 * self.dt_s)

    @property
    def slope_half_width(self) -> int:
        # A transducer has .3 to .5 mmHg rms of noise: 11 points leave 30 to 50 mmHg/s of it in the slope.
        return 2 if self.context.source == "plant" else 5

    @cached_property
    def ejection(self) -> tuple[int, int]:
        """(opening, closure) of the aortic valve: first open sample, end of forward flow.

        Of several openings the one with the most forward flow. Open is an opening of at least 10 % in the model, and on a
        flow probe a flow above 5 % of its peak and 20 mL/s, until it has fallen to zero. Closure is where forward flow
        ends: the leaflets go on closing for some 20 ms while it runs back. Raises Absent while the valve stays shut, or
        never shuts.
        """
        self.needs_activation()
        flow = self.get("av_flow_mL_s")
        is_open = self.get("av_opening") >= 0.1 if self.has("av_opening") else flow > max(20.0, 0.05 * float(flow.max()))
        edges = np.flatnonzero(is_open[1:] != is_open[:-1]) + 1
        starts = edges[is_open[edges]].tolist()
        ends = edges[~is_open[edges]].tolist()
        if is_open[0]:
            starts.insert(0, 0)
        if is_open[-1]:
            ends.append(self.n)
        volume, best = 0.0, None
        for start, end in zip(starts, ends, strict=True):
            forward = float(np.maximum(flow[start:end], 0.0).sum())
            if forward > volume:
                volume, best = forward, (start, end)
        if best is None:
            raise Absent("the aortic valve stays shut in this beat")
        if best[1] == self.n:
            raise Absent("the aortic valve does not close within this beat")
        opening, closure = best
        while flow[closure - 1] <= 0.0:  # ends: there is forward flow since the opening
            closure -= 1
        if not self.has("av_opening"):
            while closure + 1 < self.n and flow[closure] > 0.0 and flow[closure + 1] < flow[closure]:
                closure += 1
        return opening, closure

    @cached_property
    def systole_end(self) -> int:
        """First sample of diastole: aortic valve closure; while the valve stays shut, the peak of the LV activation.

        Without either, the steepest fall of LV pressure, which follows closure within some ms. Raises Absent if nothing of
        this is known.
        """
        self.needs_activation()
        try:
            return max(1, self.ejection[1])
        except Absent:
            pass
        if self.has("activation"):
            return max(1, int(self.get("activation").argmax()))
        try:
            return int(self.slope_mmHg_s.argmin()) + self.slope_half_width
        except Absent as cause:
            raise Absent(f"end of systole unknown: no {WORDS['av_flow_mL_s']}, no LV activation, and {cause}") from None

    @cached_property
    def fullest(self) -> int:
        """Sample of the end-diastolic volume: the greatest LV volume before the end of systole."""
        return int(self.get("lvv_mL")[: self.systole_end].argmax())

    @cached_property
    def end_diastole(self) -> int:
        """Last sample before the aortic valve opens; activation onset while it stays shut.

        On a wired bench the foot, which is the lowest aortic pressure before the systolic peak: a flow probe lags behind
        the pressure by 10 to 30 ms, and reading it there would read the upstroke.
        """
        self.needs_activation()
        try:
            opening = self.ejection[0]
        except Absent:
            if self.has("av_flow_mL_s"):
                return 0
        else:
            if self.has("av_opening"):
                return max(0, opening - 1)
        pressure = self.get("aop_mmHg")[: self.systole_end]
        return int(pressure[: int(pressure.argmax()) + 1].argmin())
