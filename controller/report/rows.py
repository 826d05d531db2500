"""Rows of a picture over time: ECG, pressures, balloon, flows, one above the other on shared scales."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from controller.report import style
from controller.report.traces import Samples

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.gridspec import SubplotSpec

INFLATED = 2.0
LEAST_FLOW_L_min = 0.05  # a pump that moves less stands, or is not fitted
HEIGHTS_IN = {"ecg": 0.45, "pressure": 1.55, "right": 0.85, "balloon": 0.6, "flow": 0.8}
PRESSURES = (  # trace, name, colour, width, dashes
    ("lap_mmHg", "LAP", style.ATRIUM, 0.8, "-"),
    ("lvp_mmHg", "LVP", style.VENTRICLE, 0.9, (0, (4, 1))),
    ("aop_mmHg", "AoP", style.AORTA, 1.4, "-"),
)
RIGHT_PRESSURES = (  # where a right pump is at work
    ("rvp_mmHg", "RVP", style.VENTRICLE, 0.9, (0, (4, 1))),
    ("cvp_mmHg", "CVP", style.ATRIUM, 0.9, "-"),
    ("pap_mmHg", "PAP", style.RIGHT, 1.3, "-"),
)
FLOWS = (
    ("valve_L_min", "AoV", style.VALVE, 1.0, "-"),
    ("rpump_L_min", "right\npump", style.RIGHT, 1.1, "-"),
    ("ecmo_L_min", "ECMO", style.CIRCUIT, 1.1, "-"),
    ("pump_L_min", "pump", style.PUMP, 1.3, "-"),
)
Shown = Mapping[str, Samples]


@dataclass(frozen=True, slots=True)
class Scales:
    """What all pictures of a run share: seconds shown, rows and flows from above, and limits of the axes."""

    span_s: float
    rows: tuple[str, ...]
    flows: tuple[str, ...]
    limits: dict[str, tuple[float, float]]


def scales_of(parts: Sequence[Shown], span_s: float, *, inflated: bool) -> Scales:
    """Scales that hold all `parts`. `inflated`: a balloon is at work in one of them."""

    flows = tuple(name for name, *_ in FLOWS if any(name in part and _moves(part[name]) for part in parts))
    limits = {}
    for row, names in (("ecg", ["ecg_mV"]), ("pressure", [p[0] for p in PRESSURES]),
                       ("right", [p[0] for p in RIGHT_PRESSURES]), ("balloon", ["balloon_mL"]),
                       ("gas", ["balloon_mmHg"]), ("flow", flows)):  # fmt: skip
        known = np.concatenate([np.empty(0), *(part[n] for part in parts for n in names if n in part)])
        known = known[np.isfinite(known)]
        if len(known):
            low, high = float(known.min()), float(known.max())
            low = min(low, 0.0) if row in ("pressure", "right", "flow") else low
            margin = 0.07 * (high - low) or 1.0
            limits[row] = (low - margin, high + margin)
    rows: list[str] = [row for row in ("ecg", "pressure") if row in limits]
    rows += ["right"] * ("rpump_L_min" in flows and "right" in limits)
    rows += ["balloon"] * inflated + ["flow"] * bool(flows)
    return Scales(span_s, tuple(rows), flows, limits)


def _moves(flow: Samples) -> bool:
    return bool((np.abs(flow) > LEAST_FLOW_L_min).any())


def height_in(scales: Scales) -> float:
    """Height of the rows in inches."""
    return sum(HEIGHTS_IN[row] for row in scales.rows)


def draw(figure: Figure, cell: SubplotSpec, t_s: Samples, shown: Shown, scales: Scales) -> list[Axes]:
    """Draws the rows of `scales` into a cell of a grid. t_s and every trace: shape (n,). Returns the axes from above."""
    ratios = [HEIGHTS_IN[row] for row in scales.rows]
    grid = cell.subgridspec(len(ratios), 1, height_ratios=ratios, hspace=0.13)
    drawn: list[Axes] = []
    for at, row in enumerate(scales.rows):
        axes = figure.add_subplot(grid[at], sharex=drawn[0] if drawn else None)
        ROWS[row](axes, t_s, shown, scales)
        axes.set_xlim(0.0, scales.span_s)
        if row != "ecg":
            axes.yaxis.set_label_coords(-0.09, 0.5)
        if at < len(scales.rows) - 1:
            axes.tick_params(labelbottom=False, bottom=False)
            axes.spines["bottom"].set_visible(False)
        _assisted(axes, t_s, shown)
        drawn.append(axes)
    drawn[-1].annotate("s", (1.0, 0.0), xycoords="axes fraction", xytext=(9.0, -4.5), textcoords="offset points", va="top")
    return drawn


def _assisted(axes: Axes, t: Samples, shown: Shown) -> None:
    """Shades the time in which the balloon is asked to be inflated."""
    if "phase" not in shown:
        return
    inflated = np.concatenate(([0], (shown["phase"] == INFLATED).astype(int), [0]))
    edges = np.flatnonzero(np.diff(inflated))
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        axes.axvspan(t[start], t[min(end, len(t) - 1)], color=style.BAND, linewidth=0, zorder=0)


def _ecg(axes: Axes, t: Samples, shown: Shown, scales: Scales) -> None:
    axes.plot(t, shown["ecg_mV"], color=style.ECG, linewidth=0.8)
    axes.set_ylim(*scales.limits["ecg"])
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_ylabel("ECG", rotation=0, ha="right", va="center", color=style.ECG)


def _pressure(axes: Axes, t: Samples, shown: Shown, scales: Scales) -> None:
    _pressures(axes, t, shown, scales.limits["pressure"], PRESSURES, 0.11)


def _right(axes: Axes, t: Samples, shown: Shown, scales: Scales) -> None:
    _pressures(axes, t, shown, scales.limits["right"], RIGHT_PRESSURES, 0.21)


def _pressures(
    axes: Axes,
    t: Samples,
    shown: Shown,
    limits: tuple[float, float],
    of: Sequence[tuple[str, str, str, float, Any]],
    apart: float,
) -> None:
    style.grid(axes)
    labels = []
    for name, text, color, width, dashes in of:
        if name in shown:
            axes.plot(t, shown[name], color=color, linewidth=width, linestyle=dashes)
            middle = np.nanpercentile(shown[name], 60) if name in ("lvp_mmHg", "rvp_mmHg") else np.nanmean(shown[name])
            labels.append((float(middle), text, color))
    axes.set_ylim(*limits)
    _name(axes, labels, limits, apart)
    axes.set_ylabel("mmHg")


def _flow(axes: Axes, t: Samples, shown: Shown, scales: Scales) -> None:
    style.grid(axes)
    labels = []
    for name, text, color, width, dashes in FLOWS:
        if name in shown and name in scales.flows and (name == "valve_L_min" or _moves(shown[name])):
            axes.plot(t, shown[name], color=color, linewidth=width, linestyle=dashes)
            high = 0.75 * scales.limits["flow"][1] if name == "valve_L_min" else float(np.nanmean(shown[name]))
            labels.append((high, text, color))
    axes.set_ylim(*scales.limits["flow"])
    _name(axes, labels, scales.limits["flow"], 0.24)
    axes.set_ylabel("flow\nL/min", fontsize=7.5)


def _name(axes: Axes, labels: list[tuple[float, str, str]], limits: tuple[float, float], apart: float) -> None:
    """Names traces at the right edge near their heights, at least a share `apart` of the axis from each other."""
    low, high = limits
    at = low - apart * (high - low)
    for height, text, color in sorted(label for label in labels if np.isfinite(label[0])):
        at = max(height, at + apart * (high - low))
        axes.annotate(
            text, (1.01, at), xycoords=("axes fraction", "data"), color=color, va="center", fontweight="bold", fontsize=7.5,
            linespacing=0.9,
        )  # fmt: skip


def _balloon(axes: Axes, t: Samples, shown: Shown, scales: Scales) -> None:
    """Volume as an area, gas pressure dotted; the gas alone where nobody knows the volume."""
    gas = axes
    if "phase" in shown and "balloon_mL" in shown and not (shown["phase"] == INFLATED).any():
        axes.set_ylim(-0.04 * scales.limits["balloon"][1], scales.limits["balloon"][1])
        axes.set_ylabel("balloon\nmL", fontsize=7.5)
        axes.text(0.5, 0.5, "balloon off", transform=axes.transAxes, ha="center", va="center", color=style.SOFT, fontsize=7.5)
        return
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
        gas.annotate("gas\nmmHg", (1.115, 0.5), xycoords="axes fraction", color=style.GAS, va="center", fontsize=6.5)
        gas.tick_params(labelsize=7)
    else:
        axes.set_ylabel("gas\nmmHg", fontsize=7.5)
    width, dashes = (1.1, "-") if gas is axes else (0.8, (0, (1.5, 1)))
    gas.plot(t, shown["balloon_mmHg"], color=style.GAS, linewidth=width, linestyle=dashes)
    gas.set_ylim(*scales.limits["gas"])


ROWS = {"ecg": _ecg, "pressure": _pressure, "right": _right, "balloon": _balloon, "flow": _flow}
