"""Pressure-volume loops of all steps in one picture: the first thin and grey, support over it."""

from __future__ import annotations

import numpy as np

from controller.report import pv_diagram, style
from controller.report.pv_diagram import Loop, relations_of
from controller.report.reading import Run, Step


def loops(run: Run) -> tuple[str, str]:
    """(SVG, "") or ("", why there is none)."""
    if not run.time_s.size:
        return "", "the recording holds no frames"
    for name, words in (("lvv_mL", "LV volume"), ("lvp_mmHg", "LV pressure")):
        if name not in run.traces:
            return "", f"{words} is not measured on this bench, so there are no pressure-volume loops"
    found: list[Loop] = []
    for step in run.steps:
        part = last_group(run, step)
        if part is not None:
            found.append(_loop(run, step, part, len(found)))
    if not found:
        return "", "no whole beat was recorded in any step"
    modelled = any(loop.relations for loop in found)
    figure = style.new_figure(9.6 if modelled else 5.6, 3.7)
    if modelled:
        axes = figure.add_axes((0.055, 0.125, 0.36, 0.84))
        pv_diagram.draw(axes, found, whole=True)
        axes.set_ylabel("LV pressure, mmHg")
    near = figure.add_axes((0.465, 0.125, 0.36, 0.84) if modelled else (0.1, 0.125, 0.62, 0.84))
    pv_diagram.draw(near, found, whole=False)
    if not modelled:
        near.set_ylabel("LV pressure, mmHg")
    near.set_ylim(bottom=min(0.0, near.get_ylim()[0]))
    near.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), frameon=False, handlelength=3.2, labelspacing=0.7)
    return style.as_svg(figure, "Pressure-volume loops of all steps"), ""


def _loop(run: Run, step: Step, part: slice, at: int) -> Loop:
    return Loop(
        label=f"{step.number} {step.name}",
        volume_mL=run.traces["lvv_mL"][part],
        pressure_mmHg=run.traces["lvp_mmHg"][part],
        color=style.LOOPS[(at - 1) % len(style.LOOPS)] if at else style.BASELINE,
        dashes=style.DASHES[(at - 1) % len(style.DASHES)] if at else "-",
        width=1.4 if at else 0.9,
        relations=relations_of(run.header.get("settings", {}), step.metrics.get("ees_mmHg_mL"), run.traces, part)
        if run.modelled
        else None,
    )


def last_group(run: Run, step: Step) -> slice | None:
    """Frames of the last assist group of the step, from activation to activation, as closed loops."""
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
    return slice(int(start + first), int(start + edges[-1] + 1))
