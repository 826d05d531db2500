"""A protocol from the command line to the run folder, in virtual time, with the real recorder."""

import json
from pathlib import Path

import numpy as np
import pytest

from controller import open_run, run

SHORT = """
[protocol]
name = "short"
title = "Balloon on, three beats' worth"
requires = ["iabp", "patient-model"]
patient = "cardiogenic-shock"

[[step]]
name = "baseline"
hold_s = 6.0

[[step]]
name = "assist"
set = { iabp.enabled = true }
hold_s = 14.0
measure_s = 5.0
expect = [ { metric = "aop_augmented_mmHg", relative_metric = "aop_systolic_mmHg", low = 0, source = "test" } ]
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    base = tmp_path_factory.mktemp("whole")
    (base / "short.toml").write_text(SHORT)
    outcome = run(str(base / "short.toml"), out=base / "run", seed=3)
    assert outcome.result.verdict == "PASS", outcome.result.steps
    return outcome.folder


def test_the_folder_holds_what_is_promised(folder):
    names = {path.name for path in folder.iterdir()}
    recording = json.loads((folder / "summary.json").read_text())["recording"]
    assert recording["content_sha256"] == open_run(folder).attrs["content_sha256"] and len(recording["content_sha256"]) == 64
    assert {"recording.h5", "summary.json", "report.html", "events.jsonl", "config"} <= names
    assert {"short.toml", "virtual.toml", "cardiogenic-shock.toml", "iabp-40.toml"} <= {
        p.name for p in (folder / "config").iterdir()
    }


def test_every_tick_is_recorded_once_and_in_order(folder):
    data = open_run(folder)
    ticks = data["time.tick"].values
    assert (np.diff(ticks) == 1).all() and ticks[0] == 0
    summary = json.loads((folder / "summary.json").read_text())
    assert len(ticks) == summary["ticks"] and data.attrs["lost_frames"] == 0


def test_beats_are_indexed_by_their_time(folder):
    data = open_run(folder)
    beats = data["beat"].values
    assert (np.diff(beats) > 0.3).all()  # intervals, not numbers: 98 beats a minute
    assert beats[-1] <= data["time"].values[-1]
    assert (data["beat_number"].values[1:] - data["beat_number"].values[:-1] == 1).all()


def test_steps_metrics_and_limits_are_in_the_summary(folder):
    summary = json.loads((folder / "summary.json").read_text())
    assert summary["verdict"] == "PASS" and summary["simulated"] and summary["seed"] == 3
    baseline, assist = summary["steps"]
    assert [baseline["name"], assist["name"]] == ["baseline", "assist"]
    assert baseline["end_s"] - baseline["start_s"] == pytest.approx(6.0, abs=0.2)
    assert baseline["metrics"]["aop_augmented_mmHg"] is None and baseline["reasons"]["aop_augmented_mmHg"]
    assert assist["metrics"]["aop_augmented_mmHg"] > assist["metrics"]["aop_systolic_mmHg"]


def test_events_tell_the_states_in_order(folder):
    events = [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]
    moves = [event["text"] for event in events if event["kind"] == "transition"]
    assert moves == [
        "INIT -> IDLE",
        "IDLE -> ARMED",
        "ARMED -> RUNNING",
        "RUNNING -> STOPPING",
        "STOPPING -> ARMED",
        "ARMED -> IDLE",
    ]


def test_the_same_seed_gives_the_same_bits_in_another_process_and_another_seed_does_not(folder, tmp_path):
    import subprocess
    import sys

    protocol = folder / "config" / "short.toml"
    code = "import sys; from controller import run; run(sys.argv[1], out=sys.argv[2], seed=int(sys.argv[3]))"
    root = Path(__file__).parents[2]
    for seed in (3, 4):
        subprocess.run(
            [sys.executable, "-c", code, str(protocol), str(tmp_path / str(seed)), str(seed)],
            check=True, cwd=root, capture_output=True,
        )  # fmt: skip
    from cext.tables.load import signals

    first, again, other = open_run(folder), open_run(tmp_path / "3"), open_run(tmp_path / "4")
    for signal in signals():
        if signal.deterministic:
            name = "time" if signal.path == "time.t_s" else signal.path
            assert first[name].values.tobytes() == again[name].values.tobytes(), name
    assert first["in.aop_mmHg"].values.tobytes() != other["in.aop_mmHg"].values.tobytes()
