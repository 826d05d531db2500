"""What a run folder holds, as the report needs it: complete, killed or half readable."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from cext.tables.metrics import metrics
from controller.report.traces import DRAWN, Samples


@dataclass(slots=True)
class Step:
    """One step as run; `found` is its entry in summary.json, or what events and beats tell of it in a killed run."""

    number: int
    name: str
    title: str
    start_s: float | None
    end_s: float | None
    verdict: str
    found: Mapping[str, Any] = field(default_factory=dict)

    @property
    def metrics(self) -> Mapping[str, float | None]:
        values: Mapping[str, float | None] = self.found.get("metrics") or {}
        return values

    @property
    def uncertainty(self) -> Mapping[str, float | None]:
        """Standard errors of the means; empty for a run that kept none."""
        values: Mapping[str, float | None] = self.found.get("uncertainty") or {}
        return values

    @property
    def groups(self) -> int:
        """Whole assist groups in the measuring window; 0 where it is not known."""
        window = self.found.get("window") or {}
        return int(window.get("beats", 0)) // max(1, int(window.get("group", 1)))

    @property
    def measured_s(self) -> tuple[float, float] | None:
        """Start and end of the measuring window in loop time; the whole step where none is known."""
        window = self.found.get("window")
        if window:
            return window["start_s"], window["start_s"] + window["duration_s"]
        return None if self.start_s is None or self.end_s is None else (self.start_s, self.end_s)


@dataclass(slots=True)
class Run:
    """A run for the report. `traces`: samples by the names of DRAWN over `time_s`; `beats`: metrics over `beat_s`.

    `modelled` tells whether the traces come from a patient model. `complaints`: what could not be read, in words.
    """

    folder: Path
    summary: dict[str, Any]
    header: dict[str, Any]
    events: list[dict[str, Any]]
    steps: list[Step]
    time_s: Samples
    traces: dict[str, Samples]
    modelled: bool
    beat_s: Samples
    beats: dict[str, Samples]
    recording: dict[str, Any]
    complaints: list[str]

    @property
    def finished(self) -> bool:
        return bool(self.summary)

    @property
    def verdict(self) -> str:
        return str(self.summary.get("verdict", "INCOMPLETE"))

    def get(self, key: str, default: Any = None) -> Any:
        """A fact of the run from summary.json, else from the header of the recording."""
        return self.summary.get(key, self.header.get(key, default))

    @property
    def end_s(self) -> float:
        ends = [step.end_s for step in self.steps if step.end_s is not None]
        return float(max([*ends, *self.time_s[-1:], *self.beat_s[-1:], 0.0]))


def read_run(folder: Path, *, wired: bool = False) -> Run:
    """Reads a run folder. `wired`: traces as the transducers saw them, even where a patient model knows the true ones.

    Raises:
        FileNotFoundError: no such folder, or nothing of a run in it.
    """
    if not folder.is_dir():
        raise FileNotFoundError(f"run {folder} is not a folder: give the folder of a run, by default they are in ./runs")
    summary = _json(folder / "summary.json")
    header = _json(folder / "config" / "header.json")
    run = Run(folder, summary, header, [], [], np.empty(0), {}, False, np.empty(0), {}, {}, [])
    _read_recording(run, wired)
    if not summary and not run.recording:
        raise FileNotFoundError(f"run {folder} has neither a summary.json nor a recording that can be read")
    if not run.events:
        from controller.runs.events import merged, read_events_file

        run.events = merged(read_events_file(folder / "events.jsonl"))
    run.steps = _steps_of_summary(summary) if summary else _steps_of_events(run)
    return run


def _json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _read_recording(run: Run, wired: bool) -> None:
    from controller import open_run
    from controller.recording.reading import RecordingError

    wanted = sorted({path for plant, wire, _ in DRAWN.values() for path in (plant, wire) if path})
    try:
        data = open_run(run.folder, signals=wanted)
    except (FileNotFoundError, RecordingError, KeyError, OSError) as error:
        run.complaints.append(f"no pictures: {error.args[0] if error.args else error}")
        return
    run.recording = {key: value for key, value in data.attrs.items() if key not in ("header", "summary")}
    run.header = run.header or json.loads(data.attrs.get("header") or "{}")
    run.time_s = np.asarray(data["time"].values, float)
    run.modelled = "plant.aop_mmHg" in data and bool(np.isfinite(data["plant.aop_mmHg"].values).any())
    true = run.modelled and not wired
    for name, (plant, wire, factor) in DRAWN.items():
        for path, scale in ((plant if true else "", factor), (wire, 1.0)):
            values = np.asarray(data[path].values, float) if path else np.empty(0)
            if np.isfinite(values).any():
                run.traces[name] = values * scale
                break
    run.beat_s = np.asarray(data["beat"].values, float)
    run.beats = {name: np.asarray(data[name].values, float) for name in metrics() if name in data}
    run.events = [
        {"t_s": float(t), "kind": str(k), "priority": str(p), "text": str(text), "data": json.loads(str(d))}
        for t, k, p, text, d in zip(
            *(data[name].values for name in ("event", "event_kind", "event_priority", "event_text", "event_data")), strict=True
        )
    ]


def _steps_of_summary(summary: Mapping[str, Any]) -> list[Step]:
    return [
        Step(
            number=int(found.get("number") or at),
            name=str(found["name"]),
            title=str(found.get("title") or ""),
            start_s=found.get("start_s"),
            end_s=found.get("end_s"),
            verdict=str(found.get("verdict", "not-run")),
            found=found,
        )
        for at, found in enumerate(summary.get("steps", ()), 1)
    ]


def _steps_of_events(run: Run) -> list[Step]:
    """Steps of a run that left no summary: begun ones, with the means over all their beats."""
    begun = [e for e in run.events if e["kind"] == "step" and e["data"].get("begins")]
    ended = {e["data"].get("number"): e for e in run.events if e["kind"] == "step" and "verdict" in e["data"]}
    steps = []
    for event in begun:
        number, name = int(event["data"]["number"]), str(event["data"].get("step", ""))
        end = ended.get(number)
        end_s = float(end["t_s"]) if end else run.end_s
        inside = (run.beat_s > event["t_s"]) & (run.beat_s <= end_s + 1e-9)
        means = {name: _mean(values[inside]) for name, values in run.beats.items()}
        found = {"metrics": means, "reasons": {}, "limits": []}
        verdict = str(end["data"]["verdict"]) if end else "cut-off"
        steps.append(Step(number, name, "", float(event["t_s"]), end_s, verdict, found))
    return steps


def _mean(values: Samples) -> float | None:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else None
