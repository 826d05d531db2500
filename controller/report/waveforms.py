"""A few beats of every step: ECG, pressures, balloon, flow, one above the other on the same scales."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from controller.report import style
from controller.report.reading import Run, Samples, Step

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_STEPS = 12  # more pictures than this help nobody and take seconds
SHORTEST_S, LONGEST_S = 3.0, 8.0
SLOWEST_BEAT_S = 2.0
INFLATED = 2.0
LEAST_FILL_mL = 2.0


@dataclass(frozen=True, slots=True)
class Strip:
    """The waveforms of one step: an SVG, or why there is none."""

    step: Step
    svg: str
    note: str


@dataclass(frozen=True, slots=True)
class Scales:
    """What all strips of a run share: seconds shown, and limits of the axes."""

    span_s: float
    rows: tuple[str, ...]
    limits: dict[str, tuple[float, float]]


def strips(run: Run) -> list[Strip]:
    """The strips of the steps that were begun, at most MOST_STEPS of them (first and last are always there)."""
    begun = [step for step in run.steps if step.measured_s is not None]
    if len(begun) > MOST_STEPS:
        keep = np.unique(np.linspace(0, len(begun) - 1, MOST_STEPS).round().astype(int))
        begun = [begun[i] for i in keep]
    scales = _scales(run, begun)
    made = []
    for step in begun:
        part = _part(run, step, scales.span_s)
        if part.stop - part.start < 10:
            made.append(Strip(step, "", "the recording holds no frames of this step at full rate"))
        elif not scales.rows:
            made.append(Strip(step, "", "neither pressure nor flow was measured"))
        else:
            made.append(Strip(step, _draw(run, step, part, scales), ""))
    return made


def _part(run: Run, step: Step, span_s: float) -> slice:
    """Frames of the last `span_s` of the measuring window that begin with a beat (LV activation, or trigger)."""
    window = step.measured_s
    assert window is not None
    end_s, start_s = window[1], max(step.start_s or 0.0, window[1] - span_s)
    first, end = (int(i) for i in np.searchsorted(run.time_s, (start_s, end_s)))
    if "beat" in run.traces and end_s - start_s > 0.9 * span_s:
        # Back to the beat before, as far as the step reaches; what hangs over at the end is cut.
        early = int(np.searchsorted(run.time_s, max(step.start_s or 0.0, start_s - SLOWEST_BEAT_S)))
        begins = np.flatnonzero(np.diff(run.traces["beat"][early : first + 1]) > 0) + 1 + early
        if len(begins):
            first = int(begins[-1])
            end = int(np.searchsorted(run.time_s, run.time_s[first] + span_s))
    return slice(first, end)


def _scales(run: Run, steps: list[Step]) -> Scales:
    beats = [m for step in steps if (m := step.metrics.get("hr_bpm"))]
    slowest_s = 60.0 / min(beats) if beats else 1.0
    groups = [float(np.nanmax(r)) for step in steps if len(r := _trace(run, step, "ratio"))]
    group = max((g for g in groups if np.isfinite(g)), default=1.0)
    span_s = float(np.clip((max(group, 2.0) + 1.5) * slowest_s, SHORTEST_S, LONGEST_S))
    rows = [row for row, name in (("ecg", "ecg_mV"), ("pressure", "aop_mmHg")) if name in run.traces]
    if _inflates(run, steps, span_s):
        rows.append("balloon")
    if run.header.get("settings", {}).get("pump.device", "none") != "none" and "pump_L_min" in run.traces:
        rows.append("flow")
    limits = {}
    for row, names in (("ecg", ["ecg_mV"]), ("pressure", ["aop_mmHg", "lvp_mmHg"]), ("balloon", ["balloon_mL"]),
                       ("gas", ["balloon_mmHg"]), ("flow", ["pump_L_min", "valve_L_min"])):  # fmt: skip
        parts = [run.traces[n][_part(run, s, span_s)] for s in steps for n in names if n in run.traces]
        known = np.concatenate(parts) if parts else np.empty(0)
        known = known[np.isfinite(known)]
        if len(known):
            low, high = float(known.min()), float(known.max())
            if row == "pressure":
                low = min(low, 0.0)
            margin = 0.07 * (high - low) or 1.0
            limits[row] = (low - margin, high + margin)
    return Scales(span_s, tuple(rows), limits)


def _inflates(run: Run, steps: list[Step], span_s: float) -> bool:
    """Whether a balloon is seen or commanded to inflate in what is shown, and something of it was recorded."""
    parts = [_part(run, step, span_s) for step in steps]
    if "balloon_mL" in run.traces:
        return any((run.traces["balloon_mL"][part] > LEAST_FILL_mL).any() for part in parts)
    wanted = "phase" in run.traces and any((run.traces["phase"][part] == INFLATED).any() for part in parts)
    return wanted and "balloon_mmHg" in run.traces


def _trace(run: Run, step: Step, name: str) -> Samples:
    window = step.measured_s
    if name not in run.traces or window is None:
        return np.empty(0)
    found = run.traces[name][np.searchsorted(run.time_s, window[0]) : np.searchsorted(run.time_s, window[1])]
    return found if np.isfinite(found).any() else np.empty(0)


def _draw(run: Run, step: Step, part: slice, scales: Scales) -> str:
    heights = {"ecg": 0.45, "pressure": 1.55, "balloon": 0.6, "flow": 0.7}
    ratios = [heights[row] for row in scales.rows]
    figure = style.new_figure(4.6, 0.42 + sum(ratios))
    top, bottom = 0.04, 0.36
    total = figure.get_size_inches()[1]
    grid = figure.add_gridspec(
        len(ratios), 1, height_ratios=ratios, hspace=0.13, left=0.135, right=0.875, top=1 - top / total, bottom=bottom / total
    )
    t = run.time_s[part] - run.time_s[part][0]
    shown = {name: values[part] for name, values in run.traces.items()}
    axes = None
    for at, row in enumerate(scales.rows):
        axes = figure.add_subplot(grid[at], sharex=axes)
        ROWS[row](axes, t, shown, scales)
        axes.set_xlim(0.0, scales.span_s)
        if row != "ecg":
            axes.yaxis.set_label_coords(-0.09, 0.5)
        if at < len(scales.rows) - 1:
            axes.tick_params(labelbottom=False, bottom=False)
            axes.spines["bottom"].set_visible(False)
        _assisted(axes, t, shown)
    assert axes is not None
    axes.annotate("s", (1.0, 0.0), xycoords="axes fraction", xytext=(9.0, -4.5), textcoords="offset points", va="top")
    return style.as_svg(figure, f"Waveforms of step {step.number}, {step.name}")


def _assisted(axes: Axes, t: Samples, shown: dict[str, Samples]) -> None:
    """Shades the time in which the balloon is asked to be inflated."""
    if "phase" not in shown:
        return
    inflated = np.concatenate(([0], (shown["phase"] == INFLATED).astype(int), [0]))
    edges = np.flatnonzero(np.diff(inflated))
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        axes.axvspan(t[start], t[min(end, len(t) - 1)], color=style.BAND, linewidth=0, zorder=0)


def _ecg(axes: Axes, t: Samples, shown: dict[str, Samples], scales: Scales) -> None:
    axes.plot(t, shown["ecg_mV"], color=style.ECG, linewidth=0.8)
    axes.set_ylim(*scales.limits["ecg"])
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_ylabel("ECG", rotation=0, ha="right", va="center", color=style.ECG)


def _pressure(axes: Axes, t: Samples, shown: dict[str, Samples], scales: Scales) -> None:
    style.grid(axes)
    if "lvp_mmHg" in shown:
        axes.plot(t, shown["lvp_mmHg"], color=style.VENTRICLE, linewidth=0.9, linestyle=(0, (4, 1)))
        _label(axes, float(np.nanpercentile(shown["lvp_mmHg"], 15)), "LVP", style.VENTRICLE)
    axes.plot(t, shown["aop_mmHg"], color=style.AORTA, linewidth=1.4)
    _label(axes, float(np.nanmean(shown["aop_mmHg"])), "AoP", style.AORTA)
    axes.set_ylim(*scales.limits["pressure"])
    axes.set_ylabel("mmHg")


def _label(axes: Axes, height: float, text: str, color: str) -> None:
    """Names a trace at the right edge, at a height in its unit."""
    if np.isfinite(height):
        axes.annotate(text, (1.01, height), xycoords=("axes fraction", "data"), color=color, va="center", fontweight="bold")


def _balloon(axes: Axes, t: Samples, shown: dict[str, Samples], scales: Scales) -> None:
    """Volume as an area, gas pressure dotted; the gas alone where nobody knows the volume."""
    gas = axes
    if "balloon" in scales.limits:
        axes.fill_between(t[::4], shown["balloon_mL"][::4], 0.0, color=style.BALLOON, alpha=0.35, linewidth=0)
        axes.plot(t, shown["balloon_mL"], color=style.BALLOON, linewidth=1.0)
        high = scales.limits["balloon"][1]
        axes.set_ylim(-0.04 * high, high)
        axes.set_ylabel("balloon\nmL", fontsize=7.5)
        if "gas" not in scales.limits:
            return
        gas = axes.twinx()
        gas.spines["right"].set_visible(True)
        gas.annotate("gas\nmmHg", (1.08, 0.5), xycoords="axes fraction", color=style.GAS, va="center", fontsize=6.5)
        gas.tick_params(labelsize=7)
    else:
        axes.set_ylabel("gas\nmmHg", fontsize=7.5)
    width, dashes = (1.1, "-") if gas is axes else (0.8, (0, (1.5, 1)))
    gas.plot(t, shown["balloon_mmHg"], color=style.GAS, linewidth=width, linestyle=dashes)
    gas.set_ylim(*scales.limits["gas"])


def _flow(axes: Axes, t: Samples, shown: dict[str, Samples], scales: Scales) -> None:
    style.grid(axes)
    if "valve_L_min" in shown:
        axes.plot(t, shown["valve_L_min"], color=style.VALVE, linewidth=0.8, linestyle=(0, (4, 1)))
        _label(axes, 0.7 * scales.limits["flow"][1], "valve", style.VALVE)
    axes.plot(t, shown["pump_L_min"], color=style.PUMP, linewidth=1.3)
    _label(axes, float(np.nanmean(shown["pump_L_min"])), "pump", style.PUMP)
    axes.set_ylim(*scales.limits["flow"])
    axes.set_ylabel("L/min")


ROWS = {"ecg": _ecg, "pressure": _pressure, "balloon": _balloon, "flow": _flow}
