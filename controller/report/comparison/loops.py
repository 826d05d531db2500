"""Pressure-volume loops of both runs, a small diagram a step: the last assist group of each."""

from __future__ import annotations

import numpy as np

from controller.report import pv_diagram, style
from controller.report.comparison.matching import Comparison, Pair
from controller.report.loops import last_group
from controller.report.pv_diagram import Loop
from controller.report.reading import Run, Step

COLUMNS = 4
MOST = 12


def paired_loops(found: Comparison) -> tuple[str, str]:
    """(SVG, "") or ("", why there is none)."""
    for word, run in (("reference", found.reference), ("run", found.run)):
        for name, what in (("lvv_mL", "LV volume"), ("lvp_mmHg", "LV pressure")):
            if name not in run.traces:
                return "", f"{what} was not measured in the {word}, so there are no pressure-volume loops to compare"
    shown: list[tuple[Pair, list[Loop]]] = []
    for pair in found.pairs:
        before = _loop(found.reference, pair.reference, "reference", style.BASELINE)
        after = _loop(found.run, pair.run, "run", style.LOOPS[0])
        if before and after:
            shown.append((pair, [before, after]))
    if not shown:
        return "", "no step has a whole beat in both runs"
    shown = shown[:MOST]
    rows = -(-len(shown) // COLUMNS)
    columns = min(COLUMNS, len(shown))
    figure = style.new_figure(2.4 * columns + 0.3, 2.45 * rows + 0.3)
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    for axes in grid.flat[len(shown) :]:
        axes.set_axis_off()
    for at, (axes, (pair, loops)) in enumerate(zip(grid.flat, shown, strict=False)):
        pv_diagram.draw(axes, loops, whole=False)
        axes.set_title(pair.name, fontsize=8, loc="left", fontweight="bold")
        axes.tick_params(labelbottom=True, labelleft=True)
        axes.set_ylabel("LV pressure, mmHg" if at % columns == 0 else "")
    volumes = np.concatenate([loop.volume_mL for _, loops in shown for loop in loops])
    pressures = np.concatenate([loop.pressure_mmHg for _, loops in shown for loop in loops])
    margin = 0.06 * float(np.ptp(volumes)) or 1.0
    grid[0][0].set_xlim(float(volumes.min()) - margin, float(volumes.max()) + margin)
    grid[0][0].set_ylim(min(0.0, float(pressures.min())), 1.06 * float(pressures.max()))
    grid[0][0].legend(loc="upper left", frameon=False, fontsize=7, handlelength=1.6, borderaxespad=0.1)
    figure.tight_layout(pad=0.4)
    return style.as_svg(figure, "Pressure-volume loops of both runs, step by step"), ""


def _loop(run: Run, step: Step, label: str, color: str) -> Loop | None:
    part = last_group(run, step)
    if part is None:
        return None
    width = 1.3 if label == "run" else 1.1
    return Loop(label, run.traces["lvv_mL"][part], run.traces["lvp_mmHg"][part], color, width=width)
