"""The mean beat of both runs laid over each other: reference grey, run in colour, a band of one standard deviation around it.

Beats are lined up at the R wave, or at the run's own mark of a beat (LV activation, trigger) where an ECG is missing in either.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from controller.report import style
from controller.report.comparison.matching import Comparison, Pair
from controller.report.reading import Run, Step
from controller.report.rows import INFLATED, LEAST_FLOW_L_min
from controller.report.traces import Samples
from controller.report.waveforms import MOST_STEPS, LEAST_FILL_mL

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BEFORE_S, R_WAVE_S = 0.1, 0.15
STEP_S = 0.002
EDGE_S = 0.005
LEAST_GAS_mmHg = 20.0  # a balloon that stands still shows the noise of its transducer
LONGEST_S = 3.0
MOST_GROUPS = 60
# Rows: label, height in inches, traces with name, colour and dashes.
ROWS: tuple[tuple[str, float, tuple[tuple[str, str, str, object], ...]], ...] = (
    ("mmHg", 1.6, (("aop_mmHg", "AoP", style.AORTA, "-"), ("lvp_mmHg", "LVP", style.VENTRICLE, (0, (4, 1))))),
    ("balloon\nmL", 0.6, (("balloon_mL", "", style.PUMP, "-"),)),
    ("gas\nmmHg", 0.6, (("balloon_mmHg", "", style.GAS, "-"),)),
    ("flow\nL/min", 0.8, (("valve_L_min", "AoV", style.VALVE, "-"), ("pump_L_min", "pump", style.PUMP, (0, (4, 1))))),
)


@dataclass(frozen=True, slots=True)
class Mean:
    """A trace over the time of a group: mean and standard deviation, each shape (n,), NaN where nothing was recorded."""

    mean: Samples
    sd: Samples


@dataclass(frozen=True, slots=True)
class Overlay:
    """The picture of a step, or why there is none; how many assist groups of each run went into it."""

    pair: Pair
    svg: str
    note: str
    groups: tuple[int, int] = (0, 0)


def by_r_wave(found: Comparison) -> bool:
    """Whether both runs have an ECG to line up by."""
    return all("ecg_mV" in run.traces for run in (found.reference, found.run))


def overlays(found: Comparison) -> list[Overlay]:
    """One picture a step, at most MOST_STEPS of them."""
    pairs = found.pairs
    if len(pairs) > MOST_STEPS:
        pairs = [pairs[i] for i in np.unique(np.linspace(0, len(pairs) - 1, MOST_STEPS).round().astype(int))]
    r_wave = by_r_wave(found)
    return [_overlay(found, pair, r_wave) for pair in pairs]


def _overlay(found: Comparison, pair: Pair, r_wave: bool) -> Overlay:
    sides = ((found.reference, pair.reference), (found.run, pair.run))
    starts = [group_starts(run, step, r_wave) for run, step in sides]
    for word, marks in zip(("reference", "run"), starts, strict=True):
        if len(marks) < 2:
            return Overlay(pair, "", f"the {word} has no two whole assist groups at full rate in this step")
    span_s = min(LONGEST_S, 1.15 * max(float(np.median(np.diff(marks))) for marks in starts))
    t = np.arange(-BEFORE_S, span_s, STEP_S)
    whole = [_whole(run, step, marks, t) for (run, step), marks in zip(sides, starts, strict=True)]
    means = [_means(run, marks, t) for (run, _), marks in zip(sides, whole, strict=True)]
    return Overlay(pair, _draw(pair, t, means), "", (len(whole[0]), len(whole[1])))


def group_starts(run: Run, step: Step, r_wave: bool) -> Samples:
    """Loop times in s, shape (n,), at which the assist groups of the measuring window begin; of 1:N each Nth beat, the assisted."""
    window = step.measured_s
    if window is None or "beat" not in run.traces:
        return np.empty(0)
    # The window begins and ends with a beat, whose first frames are to be seen as such.
    first, end = (int(i) for i in np.searchsorted(run.time_s, (window[0] - EDGE_S, window[1] + EDGE_S)))
    t = run.time_s[first:end]
    marks = np.flatnonzero(np.diff(run.traces["beat"][first:end]) > 0) + 1
    marks = marks[-MOST_GROUPS - 1 :]
    ratio = run.traces.get("ratio", np.empty(0))[first:end]
    phase = run.traces.get("phase", np.empty(0))[first:end]
    if len(ratio) and len(phase) and np.isfinite(ratio).any() and np.nanmax(ratio) > 1:
        begins = np.flatnonzero((phase[1:] == INFLATED) & (phase[:-1] != INFLATED)) + 1
        place = np.searchsorted(marks, begins, side="right") - 1
        assisted = np.unique(place[place >= 0])
        marks = marks[assisted] if len(assisted) else marks
    if r_wave:
        return np.array([run.time_s[_r_wave(run.traces["ecg_mV"], run.time_s, first + int(mark))] for mark in marks])
    return np.asarray(t[marks], float) if len(marks) else np.empty(0)


def _r_wave(ecg: Samples, t: Samples, mark: int) -> int:
    """The frame of the largest deflection from the median near a mark; the mark itself without one."""
    first, end = (int(i) for i in np.searchsorted(t, (t[mark] - R_WAVE_S, t[mark] + R_WAVE_S)))
    part = ecg[first:end]
    if not np.isfinite(part).all():
        return mark
    return first + int(np.argmax(np.abs(part - np.median(part))))


def _whole(run: Run, step: Step, marks: Samples, t: Samples) -> Samples:
    """The marks whose group lies within the measuring window; the first where none does."""
    window = step.measured_s
    assert window is not None
    whole = marks[(marks - BEFORE_S >= run.time_s[0]) & (marks + 0.85 * t[-1] <= window[1] + EDGE_S)]
    return whole if len(whole) else marks[:1]


def _means(run: Run, marks: Samples, t: Samples) -> dict[str, Mean]:
    found = {}
    for _, _, traces in ROWS:
        for name, *_ in traces:
            if name in run.traces:
                values = run.traces[name]
                stack = np.stack([np.interp(mark + t, run.time_s, values, left=np.nan, right=np.nan) for mark in marks])
                found[name] = _mean(stack)
    return found


def _mean(stack: Samples) -> Mean:
    """Over the first axis, without what is missing."""
    known = np.isfinite(stack)
    count = known.sum(axis=0)
    filled = np.where(known, stack, 0.0)
    mean = np.where(count > 0, filled.sum(axis=0) / np.maximum(count, 1), np.nan)
    square = np.where(known, stack - mean, 0.0) ** 2
    return Mean(mean, np.sqrt(square.sum(axis=0) / np.maximum(count - 1, 1)))


def _draw(pair: Pair, t: Samples, means: Sequence[dict[str, Mean]]) -> str:
    rows = [row for row in ROWS if any(_tells(side, name) for side in means for name, *_ in row[2])]
    if any(row[0].startswith("balloon") for row in rows):
        rows = [row for row in rows if not row[0].startswith("gas")]
    height = 0.4 + sum(row[1] for row in rows)
    figure = style.new_figure(4.6, height)
    grid = figure.add_gridspec(
        len(rows), 1, height_ratios=[row[1] for row in rows], hspace=0.13, left=0.135, right=0.9, top=1 - 0.04 / height,
        bottom=0.36 / height,
    )  # fmt: skip
    axes: Axes | None = None
    for at, (label, _, traces) in enumerate(rows):
        axes = figure.add_subplot(grid[at], sharex=axes)
        style.grid(axes)
        names = []
        for name, text, color, dashes in traces:
            for side, ink in zip(means, (style.BASELINE, color), strict=True):
                if name in side and _tells(side, name):
                    _trace(axes, t, side[name], ink, dashes)
            if text and _tells(means[1], name):
                names.append((text, color, means[1][name].mean))
        for text, color, mean in names:
            known = mean[np.isfinite(mean)]
            at_y = np.percentile(known, 60) if text == "LVP" else known[-60:].mean()
            axes.annotate(
                text, (1.01, float(at_y)), xycoords=("axes fraction", "data"), color=color, va="center", fontweight="bold",
                fontsize=7.5,
            )  # fmt: skip
        axes.axvline(0.0, color=style.SOFT, linewidth=0.6, linestyle=(0, (2, 2)))
        axes.set_xlim(t[0], t[-1])
        axes.set_ylabel(label, fontsize=7.5)
        axes.yaxis.set_label_coords(-0.09, 0.5)
        if at < len(rows) - 1:
            axes.tick_params(labelbottom=False, bottom=False)
            axes.spines["bottom"].set_visible(False)
    if axes is not None:
        axes.annotate("s", (1.0, 0.0), xycoords="axes fraction", xytext=(9.0, -4.5), textcoords="offset points", va="top")
    return style.as_svg(figure, f"Mean beat of step {pair.name} in both runs")


def _trace(axes: Axes, t: Samples, mean: Mean, ink: str, dashes: object) -> None:
    axes.fill_between(t, mean.mean - mean.sd, mean.mean + mean.sd, color=ink, alpha=0.18, linewidth=0)
    axes.plot(t, mean.mean, color=ink, linewidth=1.2, linestyle=dashes)


def _tells(side: dict[str, Mean], name: str) -> bool:
    """Whether there is a number, and of a flow or a balloon more than nothing."""
    if name not in side:
        return False
    known = side[name].mean[np.isfinite(side[name].mean)]
    if not len(known):
        return False
    if name.endswith("_L_min"):
        return bool(np.abs(known).max() > LEAST_FLOW_L_min)
    least = {"balloon_mL": LEAST_FILL_mL, "balloon_mmHg": LEAST_GAS_mmHg}.get(name, 0.0)
    return bool(np.ptp(known) >= least)
