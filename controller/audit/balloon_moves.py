"""When a balloon was filled and emptied, from the gas pressure in its line.

While gas runs through the catheter its flow is (p_line^2 - p_aorta^2)/(2 R p_aorta) in absolute pressures (isothermal laminar
flow), and the line stays above or below the aorta's pressure; that ends with a kink when the membrane is full or empty: in a closed
circuit of gas the overshoot falls to the plateau and the vacuum rises to the baseline (half-way is taken: the last gas still moves
when the change begins), in an open one both go on to the drive's own pressures. The volume between is the integral of the flow, its
scale the full stroke, so the catheter's resistance drops out. A folded membrane keeps about 5 % of its gas: 10 % of the fill is
5.5 % of the stroke.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from controller.signals.channel import Samples

ATMOSPHERE_MMHG = 760.0
STROKE_SHARE = 0.055
SMOOTH = 5
KINK_MMHG = 4.0
OVERSHOOT_MMHG = 15.0
LEAST_SWING_MMHG = 60.0


@dataclass(frozen=True, slots=True)
class Inflation:
    """One inflation, times in s. start_s: line pressure rises; onset_s: 10 % of the fill; deflation_s: line pressure falls;
    empty_s: 10 % of the fill again. method: what it was taken from."""

    start_s: float
    onset_s: float
    deflation_s: float
    empty_s: float
    method: str


def smoothed(values: Samples, ticks: int) -> Samples:
    """Centred mean of `ticks` samples."""
    return np.convolve(np.pad(values, ticks // 2, mode="edge"), np.full(ticks, 1.0 / ticks), "valid")[: len(values)]


def inflations(balloon_mmHg: Samples, aop_mmHg: Samples, period_s: float) -> list[Inflation]:
    """Every inflation between two crossings of the line pressure; empty where the line shows none."""
    good = np.isfinite(balloon_mmHg)
    if good.mean() < 0.5:
        return []
    line = smoothed(np.interp(np.arange(len(good)), np.flatnonzero(good), balloon_mmHg[good]), SMOOTH)
    low, high = np.percentile(line, (2.0, 98.0))
    if high - low < LEAST_SWING_MMHG:
        return []
    up, down = low + 0.65 * (high - low), low + 0.35 * (high - low)
    found, inside, begin = [], False, 0
    for i in np.flatnonzero(np.abs(np.diff((line > up).astype(np.int8) + (line > down).astype(np.int8)))) + 1:
        if not inside and line[i] > up:
            inside, begin = True, int(i)
        elif inside and line[i] < down:
            inside = False
            one = _between(line, aop_mmHg, begin, int(i), period_s)
            if one is not None:
                found.append(one)
    return found


def _between(line: Samples, aop: Samples, rise: int, fall: int, period_s: float) -> Inflation | None:
    """`rise`, `fall`: samples at which the line crossed upward and downward."""
    begin = rise
    while begin > 0 and rise - begin < 60 and line[begin - 1] < line[begin] - 0.5:
        begin -= 1
    ends = fall
    while ends > rise and fall - ends < 60 and line[ends - 1] > line[ends] + 0.5:
        ends -= 1
    full = _full(line, rise + 15, ends)
    stop = min(len(line), fall + 400)
    again = np.flatnonzero(line[fall + 15 : stop] > line[fall])  # the next inflation
    stop = stop if len(again) == 0 else fall + 15 + int(again[0])
    empty = _empty(line, fall + 15, stop)
    filled = np.cumsum(np.maximum(_flow(line[begin:full], aop[begin:full]), 0.0))
    emptied = np.cumsum(np.minimum(_flow(line[ends:empty], aop[ends:empty]), 0.0))
    if empty >= stop or len(filled) < 10 or not filled[-1] > 0.0 or not emptied[-1] < 0.0:
        return None
    onset = begin + int(np.searchsorted(filled, STROKE_SHARE * filled[-1]))
    gone = ends + int(np.searchsorted(-emptied, (1.0 - STROKE_SHARE) * -emptied[-1]))
    return Inflation(begin * period_s, onset * period_s, ends * period_s, gone * period_s, "balloon pressure")


def _flow(line: Samples, aop: Samples) -> Samples:
    inner = np.nan_to_num(aop, nan=80.0) + ATMOSPHERE_MMHG
    return ((line + ATMOSPHERE_MMHG) ** 2 - inner**2) / inner


def _full(line: Samples, begin: int, end: int) -> int:
    """Where an overshoot after `begin` has come down to the plateau that stands before `end`; without one, the kink."""
    if begin + 40 < end:
        plateau = float(np.median(line[max(begin, end - 30) : end - 8]))
        peak = begin + int(np.argmax(line[begin:end]))
        if line[peak] > plateau + OVERSHOOT_MMHG:
            below = np.flatnonzero(line[peak:end] < 0.5 * (line[peak] + plateau))
            return peak + int(below[0]) if len(below) else end
    return _kink(line, begin, end)


def _empty(line: Samples, begin: int, end: int) -> int:
    """Where the trough after `begin` begins to rise to the baseline that stands before `end`; without one, the kink."""
    if begin + 60 < end:
        baseline = float(np.median(line[max(begin, end - 60) : end - 20]))
        trough = begin + int(np.argmin(line[begin:end]))
        if line[trough] < baseline - OVERSHOOT_MMHG:
            above = np.flatnonzero(line[trough:end] > 0.5 * (line[trough] + baseline))
            return trough + int(above[0]) if len(above) else end
    return _kink(line, begin, end)


def _kink(line: Samples, begin: int, end: int) -> int:
    """Where the plateau after `begin` is left; `end` if nowhere before."""
    if begin + 20 >= end:
        return end
    level = float(np.median(line[begin + 5 : min(begin + 35, end)]))
    beyond = np.abs(line[begin:end] - level) > KINK_MMHG
    hits = np.flatnonzero(beyond[:-5] & beyond[5:])
    return end if len(hits) == 0 else begin + int(hits[0])
