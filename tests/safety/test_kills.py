"""kill -9 of everything that a run consists of, at seeded points of a real run in real time.

Recorder, telemetry process, broker and console may die without the loop noticing, and each works again within 2 s; a dead loop
leaves what was recorded. A computer that is busy with other things gets MOCKLOOP_BACK_S (2) to start a process in.
"""

import contextlib
import http.client
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import paho.mqtt.client as paho
import pytest

import cext
from controller.recording.recover import recover
from controller.runs.opening import open_run

CLI = [sys.executable, "-c", "from controller.cli import main; main()"]
HOLD_S = 12.0
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
HELPERS = ("recorder", "telemetry", "broker", "console")
MODULES = {
    "recorder": "controller.recording.process",
    "telemetry": "controller.telemetry.process",
    "broker": "controller.telemetry.broker",
    "console": "controller.console.process",
}
BACK_S = float(os.environ.get("MOCKLOOP_BACK_S", 2.0))


class Started:
    """`mockloop run` of the short protocol in a process of its own."""

    def __init__(self, folder):
        self.out = folder / "run"
        protocol = folder / "short.toml"
        protocol.write_text(PROTOCOL)
        core = Path(cext.__file__).parents[1]
        with (folder / "said").open("wb") as said:
            self.process = subprocess.Popen(
                [*CLI, "run", str(protocol), "--out", str(self.out), "--console"],
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
        """Name -> pid of every helper that runs now, by what it was started as."""
        found = {}
        for pid in Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split():
            with contextlib.suppress(OSError):
                words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
                found |= {name: int(pid) for name, module in MODULES.items() if module in words and alive(int(pid))}
        return found

    def address(self, of):
        """(host, port) of the broker or the console, as the run says them; the last that it said."""
        return re.findall(rf"^{of} +\w+://([\d.]+):(\d+)", self.said.read_text(), re.MULTILINE)[-1]

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
    pids = [*run.pids().values()] if run.process.poll() is None else []
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


class Publishers:
    """Who publishes on the run's broker, as a reader of its `fast` topics sees it."""

    def __init__(self, run):
        self.seen = []
        self._client = paho.Client(paho.CallbackAPIVersion.VERSION2)
        self._client.reconnect_delay_set(1, 1)
        self._client.on_connect = lambda client, *_: client.subscribe("mockloop/v1/+/fast")
        self._client.on_message = lambda _client, _data, message: self._note(message)
        host, port = run.address("telemetry")
        self._client.connect(host, int(port))
        self._client.loop_start()

    def _note(self, message):
        if not message.topic.endswith("/fast"):  # the embedded broker sends a status along when it changes
            return
        publisher = json.loads(message.payload)["publisher"]
        if publisher not in self.seen:
            self.seen.append(publisher)

    def wait(self):
        """Until the first one was heard."""
        for _ in range(1000):
            if self.seen:
                return
            time.sleep(0.01)
        raise AssertionError("nobody publishes")

    def close(self):
        self._client.loop_stop()
        self._client.disconnect()


def answers(address, path=None):
    """Whether somebody takes connections there, and (`path`) answers a request."""
    try:
        if path is None:
            socket.create_connection((address[0], int(address[1])), 0.5).close()
            return True
        web = http.client.HTTPConnection(address[0], int(address[1]), timeout=0.5)
        with contextlib.closing(web):
            web.request("GET", path)
            return web.getresponse().status > 0
    except OSError:
        return False


def works_again(run, publishers, name):
    """A function that says whether the helper does its work, after it has been killed."""
    segments, heard = len(list(run.out.glob("recording*.h5"))), len(publishers.seen)
    return {
        "recorder": lambda: len(list(run.out.glob("recording*.h5"))) > segments,
        "telemetry": lambda: len(publishers.seen) > heard,
        "broker": lambda: answers(run.address("telemetry")),
        "console": lambda: answers(run.address("console"), "/"),
    }[name]


def one_of_each_killed(run, seed):
    """Seconds from each helper's death until it did its work again, by name; in a seeded order, at seeded moments."""
    rng = random.Random(seed)
    victims = list(HELPERS)
    rng.shuffle(victims)
    run.running()
    publishers = Publishers(run)
    took = {}
    try:
        for name in victims:
            time.sleep(rng.uniform(0.0, 0.8))
            publishers.wait()
            again, before = works_again(run, publishers, name), run.pids()
            begin = time.monotonic()
            os.kill(before[name], signal.SIGKILL)
            while run.pids().get(name, before[name]) == before[name] or not again():
                assert time.monotonic() - begin < 30.0, f"{name} does not come back: {run.said.read_text()}"
                time.sleep(0.02)
            took[name] = time.monotonic() - begin
    finally:
        publishers.close()
    return took


def check_helpers_killed(run, seed):
    took = one_of_each_killed(run, seed)
    print(f"seed {seed}: {', '.join(f'{name} {seconds:.2f} s' for name, seconds in took.items())}")
    assert run.end() == 0, run.said.read_text()
    summary = json.loads((run.out / "summary.json").read_text())
    assert summary["verdict"] == "PASS"
    assert not summary["tripped"]
    changes = [(e["data"]["name"], e["data"]["what"]) for e in run.events() if e["kind"] == "process" and "what" in e["data"]]
    for name in HELPERS[:3]:  # of the console the bench knows nothing
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
    assert {name: seconds for name, seconds in took.items() if seconds > BACK_S} == {}


def check_loop_killed(run, seed):
    rng = random.Random(seed)
    run.running()
    time.sleep(rng.uniform(0.0, 2.5))
    pids = [*run.pids().values()]
    assert {*run.pids()} == {*HELPERS}
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
@pytest.mark.parametrize("seed", range(50, 150))
def test_a_dead_loop_anywhere(started, seed):
    check_loop_killed(started, seed)
