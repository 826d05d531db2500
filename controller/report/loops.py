"""Pressure-volume loops of all steps in one picture: the first thin and grey, support over it."""

from __future__ import annotations

import numpy as np

from controller.report import style
from controller.report.reading import Run, Samples, Step


def loops(run: Run) -> tuple[str, str]:
    """(SVG, "") or ("", why there is none)."""
    if not run.time_s.size:
        return "", "the recording holds no frames"
    for name, words in (("lvv_mL", "LV volume"), ("lvp_mmHg", "LV pressure")):
        if name not in run.traces:
            return "", f"{words} is not measured on this bench, so there are no pressure-volume loops"
    found = [(step, loop) for step in run.steps if (loop := _last_group(run, step)) is not None]
    if not found:
        return "", "no whole beat was recorded in any step"
    figure = style.new_figure(5.6, 3.7)
    axes = figure.add_axes((0.1, 0.125, 0.62, 0.84))
    style.grid(axes)
    for at, (step, (volume, pressure)) in enumerate(found):
        first = at == 0
        color = style.BASELINE if first else style.LOOPS[(at - 1) % len(style.LOOPS)]
        dashes = "-" if first else style.DASHES[(at - 1) % len(style.DASHES)]
        axes.plot(
            volume, pressure, color=color, linestyle=dashes, linewidth=0.9 if first else 1.4,
            label=f"{step.number} {step.name}", zorder=2 if first else 3,
        )  # fmt: skip
    axes.set_xlabel("LV volume, mL")
    axes.set_ylabel("LV pressure, mmHg")
    axes.set_ylim(bottom=min(0.0, axes.get_ylim()[0]))
    axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), frameon=False, handlelength=3.2, labelspacing=0.7)
    return style.as_svg(figure, "Pressure-volume loops of all steps"), ""


def _last_group(run: Run, step: Step) -> tuple[Samples, Samples] | None:
    """Volume and pressure of the last assist group of the step, from activation to activation, as closed loops."""
    window = step.measured_s
    if window is None:
        return None
    start, end = np.searchsorted(run.time_s, window)
    beat = run.traces.get("beat", np.empty(0))[start:end]
    edges = np.flatnonzero(np.diff(beat) > 0) + 1
    if len(edges) < 2:
        return None
    ratio = run.traces.get("ratio", np.empty(0))[start:end]
    phase = run.traces.get("phase", np.empty(0))[start:end]
    group = int(np.nanmax(ratio)) if len(ratio) and np.isfinite(ratio).any() and (phase > 0).any() else 1
    first = edges[max(0, len(edges) - 1 - max(1, group))]
    part = slice(start + first, start + edges[-1] + 1)
    return run.traces["lvv_mL"][part], run.traces["lvp_mmHg"][part]
