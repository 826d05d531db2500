"""What is kept of a failed test: the last ten seconds as data and as a picture."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cext.tables.load import inputs, signals

if TYPE_CHECKING:
    from controller.session.events import Event

LAST_S = 10.0
# Panels of the picture: label, then signals; those that hold no number are left out.
PANELS = (
    ("pressure\nmmHg", ("in.aop_mmHg", "in.lvp_mmHg", "in.dap_mmHg")),
    ("flow\nL/min", ("in.aortic_flow_L_min", "in.pump_flow_L_min")),
    ("volume\nmL", ("in.lvv_mL", "plant.balloon_mL")),
    ("balloon\nmmHg", ("in.balloon_pressure_mmHg",)),
    ("valves\n0 to 1", ("out.valve_pressure", "out.valve_vacuum")),
    ("speed\nrpm", ("in.pump_speed_rpm", "out.pump_speed_rpm")),
    ("ECG\nmV", ("in.ecg_mV",)),
)


def keep(folder: Path, test: str, frames: np.ndarray, events: list[Event], about: dict[str, Any]) -> list[Path]:
    """Writes `frames` (FRAME_DTYPE), their events and `about` as .npz and .png; returns both paths.

    The .npz holds an array a signal under its path (``numpy.load(file)["in.aop_mmHg"]``), `age_s` and `quality` with one
    column an input (named by `inputs`), and `events` and `about` as JSON text.

    Raises:
        OSError: the folder cannot be written.
    """
    if not folder.exists():
        folder.mkdir(parents=True)
        (folder / ".gitignore").write_text("*\n", encoding="utf-8")  # megabytes a failure: not for a repository
    stem = folder / file_name(test)
    data = stem.with_name(stem.name + ".npz")
    columns: dict[str, Any] = {signal.path: frames[signal.path] for signal in signals()}
    columns |= {name: frames[name] for name in ("age_s", "quality")}
    columns["inputs"] = np.array([signal.path for signal in inputs()])
    columns["events"] = np.array(json.dumps([event.as_dict() for event in events], ensure_ascii=False))
    columns["about"] = np.array(json.dumps({"test": test, **about}, ensure_ascii=False))
    np.savez_compressed(data, **columns)
    picture = stem.with_name(stem.name + ".png")
    draw(picture, test, frames, events, about)
    return [data, picture]


def file_name(test: str) -> str:
    """A file name for a test: ``hil_tests/test_x.py::test_y[1:2]`` -> ``test_x-test_y-1-2``."""
    path, _, name = test.partition("::")
    words = f"{Path(path).stem}-{name}" if name else Path(path).stem
    return re.sub(r"[^A-Za-z0-9_.]+", "-", words).strip("-.")[:120] or "test"


def draw(path: Path, test: str, frames: np.ndarray, events: list[Event], about: dict[str, Any]) -> None:
    """The picture: one panel a kind of quantity, the machine's state beneath, alarms and transitions as lines."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    from cext.tables.load import STATES

    panels = [(label, [p for p in paths if np.isfinite(frames[p]).any()]) for label, paths in PANELS]
    panels = [(label, paths) for label, paths in panels if paths]
    heights = [2.0] + [1.0] * max(0, len(panels) - 1) + [0.8]
    figure = Figure(figsize=(12.0, 1.1 + 0.95 * sum(heights)), layout="constrained")
    FigureCanvasAgg(figure)
    rows = figure.subplots(len(panels) + 1, 1, sharex=True, height_ratios=heights[-len(panels) - 1 :], squeeze=False)[:, 0]
    t_s = frames["time.t_s"]
    for axes, (label, paths) in zip(rows, panels, strict=False):
        for signal in paths:
            axes.plot(t_s, frames[signal], linewidth=0.9, label=signal)
        axes.set_ylabel(label)
        axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), fontsize=7, frameon=False)
    rows[-1].step(t_s, frames["state.state"], where="post", color="black", linewidth=1.0)
    rows[-1].set_yticks(range(len(STATES)), STATES, fontsize=6)
    rows[-1].set_ylim(-0.5, len(STATES) - 0.5)
    rows[-1].set_xlabel("loop time, s")
    for axes in rows:
        axes.grid(alpha=0.25, linewidth=0.5)
        axes.margins(x=0)
    shown = [e for e in events if e.kind in ("alarm", "fault", "transition") and len(t_s) and e.t_s >= t_s[0]]
    for event in shown[-30:]:
        colour = "tab:red" if event.priority == "high" or event.kind == "fault" else "tab:gray"
        for axes in rows:
            axes.axvline(event.t_s, color=colour, linewidth=0.7, linestyle=":")
        if event.kind != "transition":
            text = event.text.partition(":")[0] if event.kind == "alarm" else event.text
            place = {"xycoords": ("data", "axes fraction"), "annotation_clip": False}
            rows[0].annotate(text, (event.t_s, 1.0), fontsize=6, rotation=30, color=colour, **place)
    simulated = ", SIMULATED" if about.get("simulated") else ""
    figure.suptitle(f"{test}\nbench {about.get('bench', '?')}{simulated}, seed {about.get('seed', '?')}", fontsize=9)
    figure.savefig(path, dpi=110)
