"""Means over windows of beats."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from cext.tables.metrics import metrics
from controller.metrics import derived
from controller.metrics.derived import Means
from controller.metrics.fill import fill
from controller.metrics.measure import BeatMetrics


@dataclass(frozen=True, slots=True)
class Window:
    """Means over a window of whole assist groups (and breaths).

    values, sd (over the beats), uncertainty (standard error of the mean, from the means of the groups), counts (beats with a
    value) by metric name; None where there is none, with a reason for the value. Units of the metric. group: beats in a group.
    """

    beats: int
    start_s: float
    duration_s: float
    values: dict[str, float | None]
    sd: dict[str, float | None]
    uncertainty: dict[str, float | None]
    counts: dict[str, int]
    reasons: dict[str, str]
    group: int = 1


def whole_groups(durations_s: Sequence[float], group: int = 1, breath_s: float = 0.0) -> int:
    """How many of the last beats make up the longest window of whole assist groups and whole breaths.

    durations_s: of the beats, oldest first. With breath_s > 0 the window that comes closest to a whole number of breaths,
    the miss shared out over its breaths, of those that hold half of the time or more: one breath that fits to the
    millisecond says less than six that miss by a third of a beat. 0 if the beats do not reach over one group or (about)
    one breath.

    Raises:
        ValueError: group < 1.
    """
    if group < 1:
        raise ValueError(f"an assist group of {group} beats was asked for: it has at least 1")
    best, best_miss = 0, math.inf
    half_s = 0.5 * math.fsum(durations_s) * (1.0 - 1e-9)
    total = 0.0
    for count in range(1, len(durations_s) + 1):
        total += durations_s[-count]
        if count % group:
            continue
        if not breath_s > 0.0:
            best = count
            continue
        breaths = round(total / breath_s)
        if breaths == 0 or total < half_s:
            continue
        miss = abs(total - breaths * breath_s) / breaths
        # Of windows that fit equally well the longer one; the miss counts per breath in it.
        if miss <= best_miss + 1e-6:
            best, best_miss = count, min(miss, best_miss)
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
        sd[name] = spread_of([v for v, _ in pairs])
        uncertainty[name] = _standard_error(name, used, group, row.average == "time")
        if not pairs:
            reasons[name] = Counter(b.reasons.get(name, "not known") for b in used).most_common(1)[0][0]
    fill(derived.METRICS, Means(values, reasons), values, reasons)
    return Window(
        beats=len(used),
        start_s=used[0].start_s,
        duration_s=sum(b.duration_s for b in used),
        values=values,
        sd=sd,
        uncertainty=uncertainty,
        counts=counts,
        reasons=reasons,
        group=group,
    )


def _mean(pairs: Sequence[tuple[float, float]]) -> float | None:
    weight = math.fsum(w for _, w in pairs)
    if not weight > 0.0:
        return None
    # Weights first: the products stay within the range of the values.
    return math.fsum(v * (w / weight) for v, w in pairs)


def mean_of(name: str, beats: Sequence[BeatMetrics]) -> float | None:
    """The mean of one metric over `beats`, as `window` takes it; None without a value, or for a formula of means."""
    average = metrics()[name].average
    if average == "derived":
        return None
    return _mean([(v, b.duration_s if average == "time" else 1.0) for b in beats if (v := b.values[name]) is not None])


def spread_of(values: Sequence[float]) -> float | None:
    """Standard deviation; None of fewer than two values, or beyond every physical value."""
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
    spread = spread_of(means)
    return None if spread is None else spread / math.sqrt(len(means))
