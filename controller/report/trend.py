"""Key metrics, beat by beat over the whole run, the steps shaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cext.tables.metrics import metrics
from controller.report import style
from controller.report.reading import Run

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# In the order of interest; the first that the run has, with at most MOST_ROWS panels.
CANDIDATES = ("map_mmHg", "co_L_min", "lvedp_mmHg", "aop_augmented_mmHg", "pump_flow_L_min", "cpo_W", "lvedv_mL", "hr_bpm")
MOST_ROWS = 5
# More beats than this are drawn as median and range of equal spans of time: a day has 144 000, a page is 700 points wide.
MOST_MARKS = 600


def trend(run: Run) -> tuple[str, str]:
    """(SVG, "") or ("", why there is none)."""
    timed = np.isfinite(run.beat_s)
    names = [n for n in CANDIDATES if n in run.beats and np.isfinite(run.beats[n][timed]).any()][:MOST_ROWS]
    if not names:
        return "", "no metrics per beat were recorded"
    height = 0.62 + 0.72 * len(names)
    figure = style.new_figure(9.6, height)
    grid = figure.add_gridspec(len(names), 1, hspace=0.16, left=0.075, right=0.985, top=1 - 0.3 / height, bottom=0.32 / height)
    axes = None
    for at, name in enumerate(names):
        axes = figure.add_subplot(grid[at], sharex=axes)
        style.grid(axes)
        known = timed & np.isfinite(run.beats[name])
        _draw(axes, run.beat_s[known], run.beats[name][known])
        row = metrics()[name]
        axes.set_ylabel(f"{_short(name)}\n{row.unit}", fontsize=7.5)
        for number, step in enumerate(run.steps):
            if step.start_s is None or step.end_s is None:
                continue
            if number % 2 == 0:
                axes.axvspan(step.start_s, step.end_s, color=style.BAND, linewidth=0, zorder=0)
            value, window = step.metrics.get(name), step.measured_s
            if value is not None and window is not None:
                axes.plot(window, (value, value), color=style.VENTRICLE, linewidth=2.4, solid_capstyle="butt")
            if at == 0:
                middle = (step.start_s + step.end_s) / 2
                axes.annotate(
                    f"{step.number} {step.name}", (middle, 1.06), xycoords=("data", "axes fraction"), ha="center", va="bottom",
                    fontsize=7.5 if len(run.steps) < 9 else 6,
                )  # fmt: skip
        for event in run.events:
            if event["priority"] in ("medium", "high"):
                axes.axvline(event["t_s"], color=style.AORTA, linewidth=0.8, linestyle=(0, (2, 1.5)), zorder=1)
        axes.margins(y=0.14)
        if at < len(names) - 1:
            axes.tick_params(labelbottom=False, bottom=False)
    assert axes is not None
    axes.set_xlim(0.0, max(run.end_s, 1.0))
    axes.set_xlabel("loop time, s", loc="right", labelpad=0)
    return style.as_svg(figure, "Trend of key metrics over the run"), ""


def _draw(axes: Axes, t_s: NDArray[np.float64], values: NDArray[np.float64]) -> None:
    """Every beat as a dot, or where they would hide each other the median of each span and its whole range."""
    if len(t_s) <= MOST_MARKS:
        axes.plot(t_s, values, ".", color=style.INK, markersize=3.4, alpha=0.75, markeredgewidth=0)
        return
    spans = [part for part in np.array_split(np.arange(len(t_s)), MOST_MARKS) if len(part)]
    middle_s = [float(t_s[part].mean()) for part in spans]
    axes.fill_between(
        middle_s,
        [float(values[part].min()) for part in spans],
        [float(values[part].max()) for part in spans],
        color=style.INK,
        alpha=0.25,
        linewidth=0,
    )
    axes.plot(middle_s, [float(np.median(values[part])) for part in spans], color=style.INK, linewidth=0.8)


def _short(name: str) -> str:
    words = {"map": "MAP", "co": "CO", "lvedp": "LVEDP", "aop_augmented": "augmented", "pump_flow": "pump flow", "cpo": "CPO",
             "lvedv": "LVEDV", "hr": "HR"}  # fmt: skip
    return next(text for key, text in words.items() if name.startswith(key + "_"))
