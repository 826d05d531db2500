"""kill -9 of everything that a run consists of, at seeded points of a real run in real time.

The recorder, the telemetry process and the broker may die without the loop noticing; a dead loop leaves what was recorded.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import cext
from controller.recording.recover import recover
from controller.runs.opening import open_run

CLI = [sys.executable, "-c", "from controller.cli import main; main()"]
HOLD_S = 4.0
PROTOCOL = f"""
[protocol]
name = "short"
title = "A few seconds of balloon pumping, to be disturbed"
requires = ["iabp", "patient-model"]
patient = "cardiogenic-shock"

[set]
iabp.enabled = true

[[step]]
name = "hold"
hold_s = {HOLD_S}

[teardown]
set = {{ iabp.enabled = false }}
hold_s = 0.2
"""
HELPERS = ("recorder", "telemetry", "broker")


class Started:
    """`mockloop run` of the short protocol in a process of its own."""

    def __init__(self, folder):
        self.out = folder / "run"
        protocol = folder / "short.toml"
        protocol.write_text(PROTOCOL)
        core = Path(cext.__file__).parents[1]
        with (folder / "said").open("wb") as said:
            self.process = subprocess.Popen(
                [*CLI, "run", str(protocol), "--out", str(self.out)],
                stdout=subprocess.DEVNULL, stderr=said, cwd=folder,
                env=os.environ | {"PYTHONPATH": os.pathsep.join(dict.fromkeys([str(core), *filter(None, sys.path)]))},
            )  # fmt: skip
        self.said = folder / "said"

    def events(self):
        path = self.out / "events.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def wait_for(self, found, what, patience_s=60.0):
        """The first event that `found` accepts."""
        for _ in range(int(patience_s / 0.05)):
            for event in self.events():
                if found(event):
                    return event
            assert self.process.poll() is None, f"ended before {what}: {self.said.read_text()}"
            time.sleep(0.05)
        raise AssertionError(f"no {what}: {self.said.read_text()}")

    def running(self):
        self.wait_for(lambda e: e["kind"] == "transition" and e["text"].endswith("RUNNING"), "RUNNING")

    def pids(self):
        """Name -> pids of every process the run has started, oldest first.

        A broker that gave up because its port is taken (another run on this machine) is not counted.
        """
        found = {}
        for event in self.events():
            data = event["data"]
            if event["kind"] == "process" and data.get("what") == "started":
                found.setdefault(data["name"], []).append(data["pid"])
            elif event["kind"] == "process" and data.get("what") == "gave-up" and data["name"] == "broker":
                found.get("broker", [0]).pop()
        return found

    def end(self):
        self.process.wait(60.0)
        return self.process.returncode


def alive(pid):
    """Whether this process runs; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture
def started(tmp_path):
    run = Started(tmp_path)
    yield run
    pids = [pid for of in run.pids().values() for pid in of]
    if run.process.poll() is None:
        run.process.kill()
    run.process.wait()
    assert wait_until_gone(pids), "a helper has outlived its run"


def wait_until_gone(pids, patience_s=15.0):
    for _ in range(int(patience_s / 0.05)):
        if not any(alive(pid) for pid in pids):
            return True
        time.sleep(0.05)
    return False


def one_of_each_killed(run, seed):
    rng = random.Random(seed)
    victims = list(HELPERS)
    rng.shuffle(victims)
    run.running()
    for name in victims:
        time.sleep(rng.uniform(0.0, 1.0))
        os.kill(run.pids()[name][-1], signal.SIGKILL)
    return victims


def check_helpers_killed(run, seed):
    one_of_each_killed(run, seed)
    assert run.end() == 0, run.said.read_text()
    summary = json.loads((run.out / "summary.json").read_text())
    assert summary["verdict"] == "PASS"
    assert not summary["tripped"]
    changes = [(e["data"]["name"], e["data"]["what"]) for e in run.events() if e["kind"] == "process" and "what" in e["data"]]
    for name in HELPERS:
        assert changes.index((name, "died")) < len(changes) - 1 - changes[::-1].index((name, "started")), f"{name} came back"
    data = open_run(run.out, ["time.tick", "state.state"])
    ticks = data["time.tick"].to_numpy().astype(int)
    missing = int(data["gap_frames"].to_numpy().sum())
    assert missing <= 1000
    assert (np.diff(ticks) > 0).all()
    assert ticks[0] == 0
    assert ticks[-1] == summary["ticks"] - 1
    assert len(ticks) + missing == summary["ticks"], "every tick of the loop is there or marked as missing"
    running = data["state.state"].to_numpy() == 3
    assert running.sum() + missing >= HOLD_S * 1000, "the loop worked through every death"


def check_loop_killed(run, seed):
    rng = random.Random(seed)
    run.running()
    time.sleep(rng.uniform(0.0, 2.5))
    pids = [pid for of in run.pids().values() for pid in of]
    assert {*run.pids()} == {*HELPERS}
    assert all(alive(of[-1]) for of in run.pids().values()), "an earlier broker may have found its port taken"
    os.kill(run.process.pid, signal.SIGKILL)
    run.process.wait(10.0)
    assert wait_until_gone(pids), "helpers leave when the loop is dead"
    events = run.events()
    assert any(e["text"].endswith("RUNNING") for e in events)
    last = max(e["tick"] for e in events)
    found = recover(run.out)
    assert not found.unreadable
    assert found.missing_at_end_s <= 1.0
    data = open_run(run.out, ["time.tick"])
    ticks = data["time.tick"].to_numpy().astype(int)
    assert ticks[-1] >= last - 1000
    assert len(ticks) == ticks[-1] + 1, "no frame is missing before the end"


def test_the_run_survives_the_death_of_each_helper(started):
    check_helpers_killed(started, 1)


def test_a_dead_loop_leaves_its_recording_and_nobody_behind(started):
    check_loop_killed(started, 2)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10, 110))
def test_the_run_survives_the_death_of_each_helper_anywhere(started, seed):
    check_helpers_killed(started, seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(50, 80))
def test_a_dead_loop_anywhere(started, seed):
    check_loop_killed(started, seed)
