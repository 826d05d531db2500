"""When a balloon was filled and emptied, from the aortic pressure alone: less sure than with the balloon's own pressure.

The onset is the foot of the upstroke after the systolic peak that is too steep for a dicrotic wave; the balloon is empty
where the steep fall before the next systole ends. From balloon to ascending aorta the wave takes some 10 ms.
"""

from __future__ import annotations

import numpy as np

from controller.audit.balloon_moves import Inflation, smoothed
from controller.signals.channel import Samples

WAVE_S = 0.010
STEEP_SHARE = 0.5  # of the beat's systolic upstroke: a steeper diastolic upstroke is a balloon's
SLOPE_TICKS = 16


def inflation_in(aop_mmHg: Samples, r_at: int, next_at: int, closure_at: int, period_s: float) -> Inflation | None:
    """The inflation in the beat from sample `r_at` to `next_at`, None if there is none."""
    if next_at - r_at < 150 or next_at + 150 > len(aop_mmHg):
        return None
    pressure = smoothed(aop_mmHg[r_at : next_at + 150], 7)
    if not np.isfinite(pressure).all():
        return None
    half = SLOPE_TICKS // 2
    slope = np.zeros_like(pressure)
    slope[half:-half] = (pressure[SLOPE_TICKS:] - pressure[:-SLOPE_TICKS]) / (SLOPE_TICKS * period_s)
    closure = closure_at - r_at
    if closure - 110 >= next_at - r_at:
        return None  # the next beat came before any diastole
    systole = slice(30, max(60, closure - 110))
    diastole = slice(max(0, closure - 110), next_at - r_at)
    steep = float(slope[systole].max())
    top = diastole.start + int(slope[diastole].argmax())
    rise = float(slope[top])
    if rise < max(STEEP_SHARE * steep, 150.0):
        return None
    ejects = systole.start + int(slope[systole].argmax())
    if top - ejects < 60 or slope[ejects:top].min() > 0.3 * rise:
        return None  # still the upstroke of the systole
    before = pressure[max(0, top - 60) : top + 1]
    foot = top - (pressure[top] - float(before.min())) / (rise * period_s)
    late = slice(top + 50, len(pressure) - half)
    fall = late.start + int(slope[late].argmin())
    over = np.flatnonzero(slope[fall:] > 0.25 * slope[fall])
    started = np.flatnonzero(slope[top + 20 : fall] > 0.25 * slope[fall])
    if slope[fall] > -100.0 or len(over) == 0:
        return None
    starts = top + 20 + (int(started[-1]) if len(started) else 0)
    onset_s = (r_at + foot) * period_s - WAVE_S
    return Inflation(
        onset_s,
        onset_s,
        (r_at + starts) * period_s - WAVE_S,
        (r_at + fall + int(over[0])) * period_s - WAVE_S / 2,
        "aortic pressure",
    )
