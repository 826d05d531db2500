"""Pictures of what commissioning measured: a sensor's line with its residuals, an actuator's steps, a leak test."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from controller.commissioning.identify import Identified
    from controller.commissioning.leak import LeakTest
    from controller.config.calibration_record import Sensor

INK, REFERENCE, MARK = "#1b3a5b", "#8a8f98", "#b2182b"


def _save(figure: Figure, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)


def _figure(width: float, height: float) -> Figure:
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def _clean(*axes: Any) -> None:
    for axis in axes:
        axis.spines[["top", "right"]].set_visible(False)
        axis.grid(color="0.92", lw=0.8)
        axis.set_axisbelow(True)


def draw_sensor(row: Sensor, path: Path) -> None:
    """Reading against reference with the line, and the residuals below it."""
    reference = np.array([one.reference for one in row.points])
    reading = np.array([one.reading for one in row.points])
    figure = _figure(6.4, 5.4)
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    margin = 0.06 * max(float(np.ptp(reference)), 1.0)
    ends = np.array([reference.min() - margin, reference.max() + margin])
    upper.plot(ends, (ends - row.offset) / row.gain, color=INK, lw=1.2, label="the line")
    upper.plot(ends, ends, color=REFERENCE, lw=1.0, ls="--", label="bench file alone")
    upper.plot(reference, reading, "o", color=MARK, ms=6, label="measured", clip_on=False)
    upper.set_ylabel(f"reading, {row.unit}")
    upper.legend(frameon=False)
    upper.set_title(f"{row.channel}: value = {row.offset:+.4g} {row.unit} + {row.gain:.5g} × reading", loc="left", fontsize=10)
    lower.axhline(0.0, color=REFERENCE, lw=1.0)
    lower.vlines(reference, 0.0, row.residuals, color=MARK, lw=2.0)
    lower.plot(reference, row.residuals, "o", color=MARK, ms=4)
    most = max(max(map(abs, row.residuals)), 1e-3 * max(float(np.ptp(reference)), 1.0))
    lower.set_ylim(-1.3 * most, 1.3 * most)
    lower.set_ylabel(f"residual, {row.unit}")
    lower.set_xlabel(f"reference, {row.unit}    {row.date}, {row.operator}, valid to {row.expires}")
    _clean(upper, lower)
    _save(figure, path)


def draw_actuator(found: Identified, path: Path) -> None:
    """All step responses over each other, with dead time and rise."""
    figure = _figure(7.2, 4.2)
    axis = figure.subplots()
    for trace in found.traces:
        axis.plot(found.time_ms, trace, color=INK, lw=0.8, alpha=0.5)
    axis.axvline(0.0, color=REFERENCE, lw=1.2)
    axis.axvline(found.delay_ms, color=MARK, lw=1.2, ls="--")
    axis.annotate(f" dead time {found.delay_ms:.1f} ms", (found.delay_ms, 0.02), xycoords=("data", "axes fraction"), color=MARK)
    axis.set_title(
        f"{found.channel}: {len(found.responses)} steps, dead time {found.delay_ms:.1f} ± {found.delay_spread_ms:.1f} ms, "
        f"10 to 90 % in {found.rise_ms:.0f} ms",
        loc="left", fontsize=10,
    )  # fmt: skip
    axis.set_xlabel("ms after the command")
    axis.set_ylabel(f"{found.seen_on.rpartition('_' + found.unit)[0] or found.seen_on}, {found.unit}")
    axis.set_xlim(found.time_ms[0], found.time_ms[-1])
    _clean(axis)
    _save(figure, path)


def draw_leak(found: LeakTest, limit_mmHg_min: float, path: Path) -> None:
    """The line pressure, its straight line, and the slope that the limit allows."""
    figure = _figure(7.2, 4.2)
    axis = figure.subplots()
    axis.plot(found.time_s, found.line_mmHg, color=INK, lw=0.5, alpha=0.6, label="line pressure")
    axis.plot(
        found.time_s, found.start_mmHg - found.fall_mmHg_min / 60.0 * found.time_s, color=MARK, lw=1.6, label="straight line"
    )
    axis.plot(
        found.time_s, found.start_mmHg - limit_mmHg_min / 60.0 * found.time_s, color=REFERENCE, lw=1.2, ls="--", label="limit"
    )
    axis.set_title(f"leak test: falls by {found.fall_mmHg_min:.1f} mmHg/min, limit {limit_mmHg_min:g}", loc="left", fontsize=10)
    axis.set_xlabel("s after both valves were shut")
    axis.set_ylabel("balloon line, mmHg")
    axis.legend(frameon=False)
    _clean(axis)
    _save(figure, path)
