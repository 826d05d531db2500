"""Run folders made by the recorder's own writer, with a textbook heart in them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cext.frame import FRAME_DTYPE
from cext.tables.metrics import metrics
from controller.metrics import Context, Meter, window
from controller.recording.full import Full
from controller.recording.header import parse
from controller.recording.segment import Segment

STEPS = (("baseline", "Unassisted", 1), ("assist-1-1", "Every beat assisted", 1), ("assist-1-2", "Every second beat", 2))
STEP_S = 6.0
RR_S = 0.75


def frames_of_a_run(wired: bool = False, more_mmHg: float = 0.0) -> np.ndarray:
    """Three steps of 6 s at 80 bpm; the balloon is on in the second and in every other beat of the third.

    more_mmHg: so much higher is aortic pressure in the second step. It wanders by 1 mmHg from beat to beat.
    """
    n = round(STEP_S * len(STEPS) * 1000)
    t = np.arange(n) * 1e-3
    beat, phase = np.floor(t / RR_S + 1e-9), np.mod(t + 1e-9, RR_S)
    frames = np.zeros(n, FRAME_DTYPE)
    for name in frames.dtype.names:
        if name.startswith("plant."):
            frames[name] = np.nan
    frames["time.t_s"], frames["time.tick"] = t, np.arange(n)
    ejecting = (phase >= 0.06) & (phase < 0.3)
    on = (t >= STEP_S) & ((t < 2 * STEP_S) | (beat % 2 == 1)) & (phase >= 0.31) & (phase < 0.72)
    flow = np.where(ejecting, 300.0 * np.sin(np.pi * (phase - 0.06) / 0.24), 0.0)
    wander = np.random.default_rng(round(1000 * more_mmHg) + 1).normal(0.0, 1.0, int(beat[-1]) + 1)[beat.astype(int)]
    aop = 60.0 + 25.0 * np.exp(-phase) + 10.0 * ejecting + 30.0 * on + wander
    aop += more_mmHg * ((t >= STEP_S) & (t < 2 * STEP_S))
    lvp = 12.0 + np.where(phase < 0.36, 85.0 * np.sin(np.pi * np.minimum(phase, 0.36) / 0.36), 0.0)
    out = np.cumsum(flow * (phase > 0)) * 1e-3
    stroke = 300.0 * 0.24 * 2 / np.pi
    volume = 150.0 - (out - beat * stroke) + np.clip((phase - 0.4) / 0.3, 0, 1) * stroke
    frames["in.ecg_mV"] = np.exp(-(((phase - 0.7) / 0.01) ** 2))
    frames["in.aop_mmHg"], frames["in.lvp_mmHg"] = aop, lvp
    frames["in.aortic_flow_L_min"] = flow * 0.06
    frames["in.balloon_pressure_mmHg"] = np.where(on, 150.0, -50.0)
    frames["in.lvv_mL"] = np.nan
    frames["beat.count"] = beat
    frames["iabp.phase"] = np.where(on, 2.0, np.where(t >= STEP_S, 1.0, 0.0))
    frames["iabp.ratio"] = np.where(t >= 2 * STEP_S, 2.0, 1.0)
    if not wired:
        frames["plant.aop_mmHg"], frames["plant.lvp_mmHg"], frames["plant.lvv_mL"] = aop, lvp, volume
        frames["plant.av_flow_mL_s"], frames["plant.av_opening"] = flow, ejecting
        frames["plant.activation"] = np.where(phase < 0.5, np.sin(np.pi * np.minimum(phase, 0.5) / 0.5), 0.0)
        frames["plant.balloon_mL"] = 40.0 * on
        frames["plant.pump_flow_mL_s"] = 0.0
        frames["plant.beat"] = beat
        frames["plant.rr_s"] = RR_S
    return frames


HEADER = {
    "software_version": "1.2.3",
    "build_id": "abcdef012345",
    "seed": 7,
    "simulated": True,
    "hardware": "SIMULATED",
    "t0_epoch_s": 1.75e9,
    "period_us": 1000,
    "protocol": "weaning",
    "bench": "virtual",
    "patient": "cardiogenic-shock",
    "realtime": False,
    "settings": {"pump.device": "none", "iabp.enabled": False},
    "notes": {"operator": "A. Lindqvist", "dut": "prototype 4", "fluid": "", "temperature_C": 37.0, "note": ""},
    "metrics": {name: row.unit for name, row in metrics().items()},
}


def event(t_s: float, kind: str, text: str, priority: str = "info", **data: Any) -> dict[str, Any]:
    tick = round(t_s * 1000)
    return {"t_s": t_s, "tick": tick, "epoch_s": 1.75e9, "kind": kind, "text": text, "priority": priority, "data": data}


def limit(metric: str, verdict: str, value: float, **more: Any) -> dict[str, Any]:
    base = {"low": 40.0, "high": None, "judged": value, "judged_unit": metrics()[metric].unit, "relative_to": None,
            "relative_metric": None, "reference": None, "reason": "", "source": f"source of the limit on {metric}"}  # fmt: skip
    return {"metric": metric, "unit": metrics()[metric].unit, "verdict": verdict, "value": value, **base, **more}


class Folder:
    """A run folder. `closed` False leaves the recording as a killed recorder does; `recorded_s`: how far it has frames."""

    def __init__(
        self,
        path: Path,
        wired: bool = False,
        closed: bool = True,
        until_s: float = 1e9,
        recorded_s: float = 1e9,
        more_mmHg: float = 0.0,
        header: dict[str, Any] | None = None,
    ) -> None:
        self.path = path
        (path / "config").mkdir(parents=True)
        header = {**HEADER, **(header or {})}
        if wired:
            header |= {"simulated": False, "hardware": "PCIe-6363, silicone loop 2", "patient": None, "realtime": True}
        (path / "config" / "header.json").write_text(json.dumps(header))
        frames = frames_of_a_run(wired, more_mmHg)
        frames = frames[frames["time.t_s"] < until_s]
        parsed = parse(header)
        policy = Full(parsed, 4096)
        segment = Segment(path, 0, policy.layout, parsed)
        meter = Meter(Context(source="inputs" if wired else "plant", bsa_m2=1.8, lv_v0_mL=10.0, iabp_enabled=True))
        self.beats = []
        for first in range(0, len(frames), 4096):
            block = frames[first : first + 4096]
            for rows in policy.take(block, first):
                segment.append(rows[rows["time_t_s"] < recorded_s])
            for beat in meter.push(block):
                self.beats.append(beat)
                row = np.zeros(1, segment.beat_dtype)
                row["t_s"], row["tick"] = beat.end_s, beat.tick
                for name, value in beat.values.items():
                    row[name] = np.nan if value is None else value
                segment.append_beats(row)
        self.events = [event(0.0, "process", "recorder started")]
        for number, (name, _, _) in enumerate(STEPS, 1):
            begin, end = (number - 1) * STEP_S, number * STEP_S
            if begin < until_s:
                self.events.append(event(begin, "step", f"step {number} of 3: {name}", step=name, number=number, begins=True))
            if end < until_s:
                self.events.append(event(end, "step", f"{name}: pass", step=name, number=number, verdict="pass"))
        if closed:
            segment.finish({"content_sha256": segment.digest(), "run": {}}, complete=True)
        else:
            segment.finish({}, complete=False)

    def write_events(self) -> None:
        (self.path / "events.jsonl").write_text("".join(json.dumps(e) + "\n" for e in self.events))

    def summary(self, verdict: str = "PASS", **more: Any) -> dict[str, Any]:
        """A summary.json as a run writes it."""
        steps = []
        for number, (name, title, group) in enumerate(STEPS, 1):
            start, end = (number - 1) * STEP_S, number * STEP_S
            found = window([b for b in self.beats if b.start_s >= start + 1.5 and b.end_s <= end + 1e-6], group)
            steps.append({
                "name": name, "number": number, "repetition": 1, "title": title, "start_s": start, "end_s": end,
                "verdict": "pass", "metrics": found.values, "sd": found.sd, "uncertainty": found.uncertainty,
                "reasons": found.reasons,
                "window": {"start_s": found.start_s, "duration_s": found.duration_s, "beats": found.beats, "group": group},
                "limits": [limit("map_mmHg", "pass", found.values["map_mmHg"])], "failures": [], "deviations": [],
            })  # fmt: skip
        header = json.loads((self.path / "config" / "header.json").read_text())
        return {
            "protocol": "weaning", "title": "Weaning", "verdict": verdict, "reason": "", "tripped": [], "start_s": 0.0,
            "end_s": 18.0, "steps": steps, "teardown": "done", "deviations": [], "ticks": 18000, "missed_periods": 0,
            "rights": [], "lateness_us": None, "execution_us": {"median_us": 0.6, "max_us": 20.0},
            **{k: header[k] for k in ("bench", "patient", "simulated", "hardware", "seed", "software_version", "build_id",
                                      "realtime", "t0_epoch_s", "period_us", "notes")},
            **more,
        }  # fmt: skip

    def write(self, summary: dict[str, Any] | None = None) -> Path:
        self.write_events()
        (self.path / "summary.json").write_text(json.dumps(summary or self.summary()))
        return self.path


@pytest.fixture
def folder(tmp_path: Path) -> Callable[..., Folder]:
    return lambda name="run", **options: Folder(tmp_path / name, **options)


@pytest.fixture(scope="session")
def make_folder() -> type[Folder]:
    return Folder


@pytest.fixture
def make_limit() -> Callable[..., dict[str, Any]]:
    return limit


@pytest.fixture
def make_event() -> Callable[..., dict[str, Any]]:
    return event
