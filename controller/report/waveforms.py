"""A few beats of every step: ECG, pressures, balloon, flow, one above the other on the same scales."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from controller.report import rows, style
from controller.report.reading import Run, Step
from controller.report.rows import INFLATED, Scales, scales_of
from controller.report.traces import Samples

MOST_STEPS = 12  # more pictures than this help nobody and take seconds
SHORTEST_S, LONGEST_S = 3.0, 8.0
SLOWEST_BEAT_S = 2.0
LEAST_FILL_mL = 2.0


@dataclass(frozen=True, slots=True)
class Strip:
    """The waveforms of one step: an SVG, or why there is none."""

    step: Step
    svg: str
    note: str


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
    parts = [{name: values[_part(run, step, span_s)] for name, values in run.traces.items()} for step in steps]
    return scales_of(parts, span_s, inflated=_inflates(run, steps, span_s))


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
    t = run.time_s[part] - run.time_s[part][0]
    figure = style.new_figure(4.6, 0.42 + rows.height_in(scales))
    total = figure.get_size_inches()[1]
    grid = figure.add_gridspec(1, 1, left=0.135, right=0.875, top=1 - 0.04 / total, bottom=0.36 / total)
    rows.draw(figure, grid[0], t, {name: values[part] for name, values in run.traces.items()}, scales)
    return style.as_svg(figure, f"Waveforms of step {step.number}, {step.name}")
