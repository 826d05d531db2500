"""One assisted beat as a teacher draws it: pressure with and without the balloon, what the balloon did, what it should have done."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from controller.report import style
from controller.report.traces import Samples

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from controller.audit import AuditedBeat
    from controller.report.reading import Run

CLOSES, OPENS = "#2f6b3c", "#5c6873"


def beat_picture(run: Run, beat: AuditedBeat, after: list[AuditedBeat], beside: AuditedBeat | None, color: str) -> str:
    """SVG of `beat` and the next, time from its R peak. `after`: the two beats that follow; `beside`: an unassisted one, whose
    pressure is laid under it from R peak to R peak."""
    figure = style.new_figure(4.6, 3.0)
    pressure = figure.add_axes((0.115, 0.37, 0.865, 0.55))
    below = figure.add_axes((0.115, 0.115, 0.865, 0.20), sharex=pressure)
    t, aop = _cut(run, "aop_mmHg", beat.t_s - 0.2, after[1].t_s + 0.1, beat.t_s)
    own = _own(run, beside, after[0].t_s - beat.t_s)
    style.grid(pressure)
    if own is not None:
        pressure.plot(*own, color=style.BASELINE, linewidth=1.0, linestyle=(0, (3, 2)))
    pressure.plot(t, aop, color=style.AORTA, linewidth=1.5)
    low, high = _reach(aop, own)
    pressure.set_ylim(low - 0.16 * (high - low), high + 0.24 * (high - low))
    pressure.set_xlim(t[0], t[-1])
    pressure.set_ylabel("aortic pressure, mmHg", fontsize=7.5)
    pressure.tick_params(labelbottom=False)
    _balloon(run, below, beat, after, color)
    _marks(pressure, below, beat, color)
    _ecg(run, pressure, beat, after, (low, high))
    below.set_xlabel("s from the R peak", fontsize=7.5, labelpad=1.0)
    return style.as_svg(figure, f"One beat: {beat.label}")


def _cut(run: Run, name: str, begin_s: float, end_s: float, zero_s: float) -> tuple[Samples, Samples]:
    first, end = (int(i) for i in np.searchsorted(run.time_s, (begin_s, end_s)))
    return run.time_s[first:end] - zero_s, run.traces[name][first:end]


def _own(run: Run, beside: AuditedBeat | None, rr_s: float) -> tuple[Samples, Samples] | None:
    """The unassisted pressure from the opening of the valve to the next; what comes before may be another beat's balloon."""
    if beside is None:
        return None
    t, aop = _cut(run, "aop_mmHg", beside.t_s, beside.t_s + rr_s + 0.12, beside.t_s)
    if not len(t):
        return None
    opens = int(np.nanargmin(aop[t < 0.25])) if np.isfinite(aop[t < 0.25]).any() else 0
    return t[opens:], aop[opens:]


def _reach(aop: Samples, own: tuple[Samples, Samples] | None) -> tuple[float, float]:
    both = np.concatenate([aop, own[1]]) if own is not None else aop
    return float(np.nanmin(both)), float(np.nanmax(both))


def _balloon(run: Run, axes: Axes, beat: AuditedBeat, after: list[AuditedBeat], color: str) -> None:
    name, unit = ("balloon_mL", "balloon\nmL") if "balloon_mL" in run.traces else ("balloon_mmHg", "line\nmmHg")
    if name in run.traces:
        t, values = _cut(run, name, beat.t_s - 0.2, after[1].t_s + 0.1, beat.t_s)
        axes.fill_between(t, values, min(0.0, float(np.nanmin(values))), color=style.BALLOON, alpha=0.30, linewidth=0)
        axes.plot(t, values, color=style.BALLOON, linewidth=1.0)
        axes.set_ylabel(unit, fontsize=7.0)
    else:
        axes.set_yticks([])
    if beat.onset_s is not None and beat.empty_s is not None:
        axes.axvspan(beat.onset_s - beat.t_s, beat.empty_s - beat.t_s, ymax=0.07, color=color, linewidth=0)


def _marks(pressure: Axes, below: Axes, beat: AuditedBeat, color: str) -> None:
    """Closure and opening of the valve, and how far from them the balloon filled and emptied."""
    closure = beat.closure_s - beat.t_s
    pairs = [("valve closes", closure, beat.onset_s, beat.inflation_error_ms, CLOSES, "fills")]
    if beat.empty_s is not None and beat.deflation_error_ms is not None:
        opening = beat.empty_s - beat.deflation_error_ms * 1e-3 - beat.t_s
        pairs.append(("valve opens", opening, beat.empty_s, beat.deflation_error_ms, OPENS, "empty"))
    for at, (name, due, done_s, error_ms, ink, did) in enumerate(pairs):
        for axes in (pressure, below):
            axes.axvline(due, color=ink, linewidth=1.0, linestyle=(0, (4, 2)))
        pressure.annotate(name, (due, 1.0), xycoords=("data", "axes fraction"), xytext=(0, 2), textcoords="offset points",
                          ha="center", color=ink, fontsize=7.5)  # fmt: skip
        if done_s is None or error_ms is None:
            continue
        done = done_s - beat.t_s
        for axes in (pressure, below):
            axes.axvline(done, color=color, linewidth=1.2)
        top = 0.955 - 0.085 * at
        if abs(error_ms) > 25.0:
            pressure.annotate("", (done, top), (due, top), xycoords=("data", "axes fraction"),
                              textcoords=("data", "axes fraction"), arrowprops={"arrowstyle": "->", "color": color, "lw": 1.0})  # fmt: skip
        words = f"{did} {abs(error_ms):.0f} ms {'early' if error_ms < 0 else 'late'}"
        side = 1 if done >= due else -1
        pressure.annotate(words, (done, top), xycoords=("data", "axes fraction"), xytext=(4 * side, 0),
                          textcoords="offset points", ha="left" if side > 0 else "right", va="center", color=color,
                          fontsize=7.5, fontweight="bold", bbox={"boxstyle": "square,pad=0.1", "fc": "white", "lw": 0})  # fmt: skip


def _ecg(run: Run, axes: Axes, beat: AuditedBeat, after: list[AuditedBeat], reach: tuple[float, float]) -> None:
    """The ECG small at the foot of the pressure, without a scale."""
    if "ecg_mV" not in run.traces:
        return
    t, ecg = _cut(run, "ecg_mV", beat.t_s - 0.2, after[1].t_s + 0.1, beat.t_s)
    size = float(np.nanmax(ecg) - np.nanmin(ecg)) or 1.0
    low, high = reach
    axes.plot(
        t, low - 0.15 * (high - low) + 0.13 * (high - low) * (ecg - np.nanmin(ecg)) / size, color=style.ECG, linewidth=0.7
    )
