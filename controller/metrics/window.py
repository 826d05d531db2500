"""Means over windows of beats, and whether successive windows agree."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cext.tables.metrics import metrics
from controller.metrics import derived
from controller.metrics.context import Absent
from controller.metrics.derived import Means
from controller.metrics.measure import BeatMetrics

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


@dataclass(frozen=True, slots=True)
class Window:
    """Means over a window of whole assist groups (and breaths).

    values, sd (over the beats), uncertainty (standard error of the mean, from the means of the groups), counts (beats with a
    value) by metric name; None where there is none, with a reason for the value. Units of the metric.
    """

    beats: int
    start_s: float
    duration_s: float
    values: dict[str, float | None]
    sd: dict[str, float | None]
    uncertainty: dict[str, float | None]
    counts: dict[str, int]
    reasons: dict[str, str]


def whole_groups(durations_s: Sequence[float], group: int = 1, breath_s: float = 0.0) -> int:
    """How many of the last beats make up the longest window of whole assist groups and whole breaths.

    durations_s: of the beats, oldest first. With breath_s > 0 the window that comes closest to a whole number of breaths,
    provided it is as close as half an assist group allows; 0 if the beats do not reach over one group or one breath.

    Raises:
        ValueError: group < 1.
    """
    if group < 1:
        raise ValueError(f"an assist group of {group} beats was asked for: it has at least 1")
    best, best_miss = 0, math.inf
    total = 0.0
    for count in range(1, len(durations_s) + 1):
        total += durations_s[-count]
        if count % group:
            continue
        if not breath_s > 0.0:
            best = count
            continue
        breaths = round(total / breath_s)
        miss = abs(total - breaths * breath_s) / breaths if breaths else math.inf
        # Of windows that fit equally well the longer one; the miss counts per breath in it.
        if miss <= best_miss:
            best, best_miss = count, miss
    return best


def window(beats: Sequence[BeatMetrics], group: int = 1, breath_s: float = 0.0) -> Window:
    """Means over the last whole assist groups of `group` beats (1:N has N) and whole breaths of `breath_s` seconds.

    Time-averaged metrics are weighted by the duration of the beats, `derived` ones are formulas of the means. Beats without
    a value (the unassisted of 1:2 have no augmented pressure) do not enter that mean. Fewer beats than one group: all.

    Raises:
        ValueError: no beats, or group < 1.
    """
    if not beats:
        raise ValueError("a window over no beats was asked for: at least one is needed")
    count = whole_groups([b.duration_s for b in beats], group, breath_s)
    used = list(beats[-count:]) if count else list(beats)
    values: dict[str, float | None] = {}
    sd: dict[str, float | None] = {}
    uncertainty: dict[str, float | None] = {}
    counts: dict[str, int] = {}
    reasons: dict[str, str] = {}
    for name, row in metrics().items():
        pairs = [(v, b.duration_s if row.average == "time" else 1.0) for b in used if (v := b.values[name]) is not None]
        counts[name] = len(pairs)
        values[name] = _mean(pairs)
        sd[name] = _sd([v for v, _ in pairs])
        uncertainty[name] = _standard_error(name, used, group, row.average == "time")
        if not pairs:
            reasons[name] = Counter(b.reasons.get(name, "not known") for b in used).most_common(1)[0][0]
    of = Means(values, reasons)
    for name, formula in derived.METRICS.items():
        try:
            values[name] = formula(of)
            reasons.pop(name, None)
        except Absent as why:
            values[name] = sd[name] = uncertainty[name] = None
            reasons[name] = str(why)
    return Window(
        beats=len(used),
        start_s=used[0].start_s,
        duration_s=sum(b.duration_s for b in used),
        values=values,
        sd=sd,
        uncertainty=uncertainty,
        counts=counts,
        reasons=reasons,
    )


def _mean(pairs: Sequence[tuple[float, float]]) -> float | None:
    weight = math.fsum(w for _, w in pairs)
    if not weight > 0.0:
        return None
    # Weights first: the products stay within the range of the values.
    return math.fsum(v * (w / weight) for v, w in pairs)


def _sd(values: Sequence[float]) -> float | None:
    if len(values) < 2:
        return None
    mean = math.fsum(v / len(values) for v in values)
    spread = math.hypot(*(v - mean for v in values)) / math.sqrt(len(values) - 1)
    return spread if math.isfinite(spread) else None


def _standard_error(name: str, beats: Sequence[BeatMetrics], group: int, timed: bool) -> float | None:
    means = []
    for at in range(0, len(beats) - group + 1, group):
        part = beats[at : at + group]
        pairs = [(v, b.duration_s if timed else 1.0) for b in part if (v := b.values[name]) is not None]
        mean = _mean(pairs)
        if mean is not None:
            means.append(mean)
    spread = _sd(means)
    return None if spread is None else spread / math.sqrt(len(means))


@dataclass(frozen=True, slots=True)
class Agreement:
    """Whether windows agree, and the metric that differs most, as a share of what it may differ."""

    steady: bool
    worst: str
    difference: float
    within: float

    def __str__(self) -> str:
        if not self.worst:
            return "not steady: no metric that both windows have"
        unit = metrics()[self.worst].unit
        word = "steady" if self.steady else "not steady"
        return f"{word}: {self.worst} differs by {self.difference:.3g} {unit} between windows, allowed {self.within:g} {unit}"


def agree(windows: Sequence[Window], within: Mapping[str, float] = STEADY_WITHIN) -> Agreement:
    """Whether every pair of `windows` agrees in every metric of `within` that all of them have.

    Fewer than two windows, or no common metric, are never steady. Comparing all pairs, not neighbours only, keeps a slow
    drift from passing as rest.
    """
    worst = Agreement(False, "", math.inf, 0.0)
    share = -1.0
    for name, allowed in within.items():
        found = [w.values[name] for w in windows]
        numbers = [v for v in found if v is not None]
        if len(numbers) < 2 or len(numbers) < len(found):
            continue
        difference = max(numbers) - min(numbers)
        if difference / allowed > share:
            share = difference / allowed
            worst = Agreement(share <= 1.0, name, difference, allowed)
    return worst


def steady(
    beats: Sequence[BeatMetrics],
    group: int = 1,
    breath_s: float = 0.0,
    windows: int = 3,
    least_s: float = 4.0,
    within: Mapping[str, float] = STEADY_WITHIN,
) -> Agreement:
    """Whether the last beats form `windows` successive windows that agree (what ``until = "steady"`` asks).

    Each window is the shortest of whole assist groups that lasts `least_s` and, with breathing, about one breath at least.
    """
    least_s = max(least_s, breath_s)
    found: list[Window] = []
    end = len(beats)
    while len(found) < windows:
        count, lasted = 0, 0.0
        while end - count > 0 and (lasted < least_s - 1e-9 or count % group):
            count += 1
            lasted += beats[end - count].duration_s
        if lasted < least_s - 1e-9 or count % group:
            return Agreement(False, "", math.inf, 0.0)
        found.append(window(beats[end - count : end], group))
        end -= count
    return agree(found, within)
