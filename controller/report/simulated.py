"""The picture of `mockloop simulate --plot`: the last beats, the pressure-volume diagram, and the numbers beside it.

With a device at work the same patient without it stands to the left and grey in the diagram.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cext.tables.models import FULL
from controller.config.device import BY_SPEED
from controller.report import pv_diagram, rows, style, words
from controller.report.pv_diagram import Loop, relations_of
from controller.report.traces import Samples, traces_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from controller.simulation import Simulated

SUFFIXES = (".png", ".svg", ".pdf")
SHOWN_S = 4.0
FRAMES_S = SHOWN_S + 9.0  # a whole group of 1:8 at 60 bpm begins with an activation
TABLE = {  # the numbers beside the diagram, as the field writes them
    "hr_bpm": "HR", "map_mmHg": "MAP", "aop_systolic_mmHg": "AoP systolic", "aop_diastolic_mmHg": "AoP lowest",
    "aop_augmented_mmHg": "AoP augmented", "lvedp_mmHg": "LVEDP", "lap_mean_mmHg": "LAP mean", "cvp_mmHg": "CVP mean",
    "pap_mean_mmHg": "PAP mean", "lvedv_mL": "LVEDV", "stroke_volume_mL": "LV stroke volume", "lv_ejection_fraction_pct": "LVEF",
    "co_L_min": "CO, total", "native_co_L_min": "CO, aortic valve", "pump_flow_L_min": "Left pump", "rpump_flow_L_min": "Right pump",
    "ecmo_flow_L_min": "ECMO", "aortic_valve_open_pct": "Aortic valve open", "cpo_W": "Cardiac power", "svr_dyn_s_cm5": "SVR",
    "ar_fraction_pct": "AR fraction", "mr_fraction_pct": "MR fraction", "pva_mmHg_mL": "PVA", "sevr": "SEVR (DPTI/SPTI)",
}  # fmt: skip
VALVE_FRACTIONS = {"ar_fraction_pct": "patient.ar_area_cm2", "mr_fraction_pct": "patient.mr_area_cm2"}


def draw(found: Simulated, before: Simulated | None, path: Path) -> None:
    """Draws `found`, beside it `before` (the same patient without devices), into a file of one of SUFFIXES.

    Raises:
        ValueError: another suffix, or no frames were kept. OSError: cannot be written.
    """
    import matplotlib

    if path.suffix.lower() not in SUFFIXES:
        raise ValueError(f"{path.name} is no picture that can be drawn: end it in {', '.join(SUFFIXES)}")
    runs = [run for run in (before, found) if run is not None]
    if any(run.frames is None for run in runs):
        raise ValueError("no frames were kept: settle(…, frames_s=FRAMES_S)")
    with matplotlib.rc_context({**style.RC, "svg.fonttype": "path" if path.suffix.lower() == ".svg" else "none"}):
        _draw(runs, path)


def _draw(runs: Sequence[Simulated], path: Path) -> None:
    traces = [traces_of(run.frames) for run in runs if run.frames is not None]
    parts = [{name: values[_shown(shown)] for name, values in shown.items()} for shown in traces]
    inflated = any(bool(run.values.get("iabp.enabled")) for run in runs)
    scales = rows.scales_of(parts, SHOWN_S, inflated=inflated)
    height = max(5.4, 1.15 + 1.35 * rows.height_in(scales))
    width = 5.2 + 4.6 * len(runs)
    figure = style.new_figure(width, height)
    bottom, top = 0.42 / height, 1 - 0.85 / height
    for at, (run, part) in enumerate(zip(runs, parts, strict=True)):
        left = (4.6 * at + 0.62) / width
        grid = figure.add_gridspec(1, 1, left=left, right=left + 3.4 / width, top=top, bottom=bottom)
        first = rows.draw(figure, grid[0], np.arange(len(part["beat"]), dtype=np.float64) / 1000.0, part, scales)[0]
        first.set_title(_devices(run) or "without support", loc="left", fontsize=9, fontweight="bold")
    side = (4.6 * len(runs) + 0.55) / width
    diagram = figure.add_axes((side, 0.5, 4.1 / width, top - 0.5))
    pv_diagram.draw(diagram, _loops(runs, traces), whole=True)
    diagram.set_ylabel("LV pressure, mmHg")
    if len(runs) > 1:
        diagram.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), frameon=False, ncols=2, borderaxespad=0.2)
    table = figure.add_axes((side, bottom, 4.2 / width, 0.5 - 0.42 / height - bottom))
    _table(table, runs)
    last = runs[-1]
    title = figure.text(0.62 / width, 1 - 0.2 / height, last.patient, fontsize=13, fontweight="bold", va="center")
    if said := [*([f"circulation model {last.model}"] if last.model != FULL else []), *last.chosen]:
        diagram.annotate(
            " · ".join(said), (1.0, 0.5), xycoords=title, xytext=(12, 0), textcoords="offset points", va="center", fontsize=8,
            color=style.SOFT, annotation_clip=False,
        )  # fmt: skip
    tail = f"SIMULATED · {'steady' if last.agreement.steady else 'not steady'} after {last.settled_s:.0f} s · seed {last.seed}"
    figure.text(1 - 0.35 / width, 1 - 0.2 / height, tail, fontsize=8, color=style.SOFT, ha="right", va="center")
    figure.savefig(path, dpi=150)


def _shown(traces: dict[str, Samples]) -> slice:
    """The last SHOWN_S that begin with an activation."""
    beat = traces["beat"]
    starts = np.flatnonzero(np.diff(beat) > 0) + 1
    fit = starts[starts <= len(beat) - SHOWN_S * 1000]
    first = int(fit[-1]) if len(fit) else max(0, len(beat) - round(SHOWN_S * 1000))
    return slice(first, first + round(SHOWN_S * 1000))


def _loops(runs: Sequence[Simulated], traces: Sequence[dict[str, Samples]]) -> list[Loop]:
    from controller.metrics import assist_group

    loops = []
    for at, (run, shown) in enumerate(zip(runs, traces, strict=True)):
        edges = np.flatnonzero(np.diff(shown["beat"]) > 0) + 1
        if len(edges) < 2:
            continue
        part = slice(int(edges[max(0, len(edges) - 1 - assist_group(run.values))]), int(edges[-1]) + 1)
        supported = at > 0 or len(runs) == 1
        loops.append(
            Loop(
                _devices(run) or "without support", shown["lvv_mL"][part], shown["lvp_mmHg"][part],
                style.LOOPS[0] if supported else style.BASELINE, width=1.4 if supported else 1.0,
                relations=relations_of(run.values, run.window.values.get("ees_mmHg_mL"), shown, part),
            )
        )  # fmt: skip
    return loops


def _devices(run: Simulated) -> str:
    """The devices at work, in a few words; empty without any."""
    values: Any = run.values
    found = []
    if values["iabp.enabled"]:
        found.append(f"IABP {values['iabp.assist']}")
    if values["pump.device"] != "none":
        level = values["pump.level"]
        if level == BY_SPEED:
            level = f"{values['pump.speed_rpm']:.0f} rpm"
        found.append(f"{words.device(values['pump.device'])} {level}")
    if values["rpump.device"] != "none":
        found.append(f"{words.device(values['rpump.device'])} {values['rpump.level']}")
    if values["ecmo.enabled"]:
        flow = run.window.values.get("ecmo_flow_L_min")
        found.append("ECMO" if flow is None else f"ECMO {flow:.1f} L/min")
    return " + ".join(found)


def _table(axes: Axes, runs: Sequence[Simulated]) -> None:
    axes.set_axis_off()
    names = [name for name in TABLE if _tells(name, runs)]
    half = (len(names) + 1) // 2
    wide = len(runs) > 1
    for at, name in enumerate(names):
        column, row = divmod(at, half)
        x, y = 0.53 * column, 1.0 - (row + 0.5) / half
        entry = words.metric(name)
        axes.text(x, y, TABLE[name], va="center", fontsize=7.2, color=style.SOFT)
        texts = ["–" if (v := run.window.values[name]) is None else entry.text(v) for run in runs]
        right = x + (0.285 if wide else 0.36)
        axes.text(right, y, texts[0], va="center", ha="right", fontsize=7.6, color=style.SOFT if wide else style.INK)
        if wide:
            axes.text(right + 0.1, y, texts[1], va="center", ha="right", fontsize=7.6, fontweight="bold", color=style.LOOPS[0])
        axes.text(right + (0.11 if wide else 0.015), y, words.unit(entry.unit), va="center", fontsize=6.2, color=style.SOFT)


def _tells(name: str, runs: Sequence[Simulated]) -> bool:
    """Whether a row says something here: measured, and of a leaking valve only where it leaks."""
    leak = VALVE_FRACTIONS.get(name)
    if leak is not None and not any(float(str(run.values.get(leak, 0.0))) > 0.0 for run in runs):
        return False
    return any(run.window.values[name] is not None for run in runs)
