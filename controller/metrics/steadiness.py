"""Whether successive windows of beats agree."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from cext.tables.metrics import metrics
from controller.metrics.measure import BeatMetrics
from controller.metrics.rhythm import Rhythm, window_beats
from controller.metrics.window import Window, mean_of, spread_of, window

# What has to stand still, and how still: difference of the means of two successive windows, in the unit of the metric.
# About a quarter of what a bedside monitor resolves.
STEADY_WITHIN: Mapping[str, float] = {
    "map_mmHg": 0.25,
    "lvedv_mL": 0.25,
    "lvedp_mmHg": 0.15,
    "lap_mean_mmHg": 0.15,
    "cvp_mmHg": 0.10,
    "pap_mean_mmHg": 0.15,
    "co_L_min": 0.02,
}
# 95 % points of the studentised range, infinite degrees of freedom (Tukey), by number of windows: so far the means of
# windows lie apart in one of twenty cases although nothing but chance moves them.
STUDENTISED_RANGE = {2: 2.77, 3: 3.31, 4: 3.63, 5: 3.86, 6: 4.03}


@dataclass(frozen=True, slots=True)
class Agreement:
    """Whether windows agree, and the metric that differs most, as a share of what it may differ.

    `scatter`: the part of `within` that the beats' own variability asks for; 0 where the tolerance alone decided.
    """

    steady: bool
    worst: str
    difference: float
    within: float
    scatter: float = 0.0

    def __str__(self) -> str:
        if not self.worst:
            return "not steady: no metric that both windows have"
        unit = metrics()[self.worst].unit
        word = "steady" if self.steady else "not steady"
        why = " (what the beats' own variability explains)" if self.scatter else ""
        return (
            f"{word}: {self.worst} differs by {self.difference:.3g} {unit} between windows, "
            f"allowed {self.within:.3g} {unit}{why}"
        )


def agree(windows: Sequence[Window], within: Mapping[str, float] = STEADY_WITHIN) -> Agreement:
    """Whether every pair of `windows` agrees in every metric of `within` that all of them have.

    Fewer than two windows, or no common metric, are never steady. Comparing all pairs, not neighbours only, keeps a slow
    drift from passing as rest.
    """
    return _agreement([w.values for w in windows], within, {})


def steady(
    beats: Sequence[BeatMetrics],
    rhythm: Rhythm | None = None,
    windows: int = 3,
    least_s: float = 4.0,
    within: Mapping[str, float] | None = None,
) -> Agreement:
    """Whether the last beats form `windows` successive windows that agree.

    Each window is the shortest of whole assist groups and breaths that lasts `least_s`, and no shorter than the rhythm asks:
    25 s where the sinus node wanders, 60 beats in fibrillation. There, means of windows differ by chance as well; without
    a tolerance of the caller's (`within` None) they may differ by the 95 % point of what the scatter of the beats within
    the windows explains, or by STEADY_WITHIN, whichever is more.
    """
    rhythm = rhythm or Rhythm()
    durations = [b.duration_s for b in beats]
    parts: list[Sequence[BeatMetrics]] = []
    while len(parts) < windows:
        count = window_beats(durations, max(least_s, rhythm.least_s), rhythm)
        if not count:
            return Agreement(False, "", math.inf, 0.0)
        end = len(durations)
        parts.append(beats[end - count : end])
        del durations[end - count :]
    allowed = STEADY_WITHIN if within is None else within
    if any(metrics()[name].average == "derived" for name in allowed):
        return agree([window(part, rhythm.group) for part in parts], allowed)
    means = [{name: mean_of(name, part) for name in allowed} for part in parts]
    scatter = {name: _by_chance(name, parts, rhythm) for name in allowed} if within is None and rhythm.varies else {}
    return _agreement(means, allowed, scatter)


def _agreement(
    means: Sequence[Mapping[str, float | None]], within: Mapping[str, float], scatter: Mapping[str, float]
) -> Agreement:
    worst = Agreement(False, "", math.inf, 0.0)
    share = -1.0
    for name, tolerance in within.items():
        numbers = [v for m in means if (v := m.get(name)) is not None]
        if len(numbers) < 2 or len(numbers) < len(means):
            continue
        by_chance = scatter.get(name, 0.0)
        allowed = max(tolerance, by_chance)
        difference = max(numbers) - min(numbers)
        if difference / allowed > share:
            share = difference / allowed
            worst = Agreement(share <= 1.0, name, difference, allowed, by_chance if by_chance > tolerance else 0.0)
    return worst


def _by_chance(name: str, parts: Sequence[Sequence[BeatMetrics]], rhythm: Rhythm) -> float:
    """How far apart the means of windows of this scatter lie by chance; scatter of the means over single breaths.

    The breath itself moves every beat, and does so in every window alike: it is no scatter.
    """
    variances = []
    for part in parts:
        lasted = sum(b.duration_s for b in part)
        blocks = max(2, round(lasted / rhythm.breath_s) if rhythm.breath_s else len(part) // rhythm.group)
        edges = [round(i * len(part) / blocks) for i in range(blocks + 1)]
        means = [mean_of(name, part[a:b]) for a, b in pairwise(edges)]
        known = [v for v in means if v is not None]
        spread = spread_of(known)
        if spread is None:
            return 0.0
        variances.append(spread**2 / len(known))
    return STUDENTISED_RANGE.get(len(parts), STUDENTISED_RANGE[6]) * math.sqrt(math.fsum(variances) / len(variances))
