"""`mockloop doctor`: each finding with what to do, a histogram against a bound, every configured drive asked."""

import itertools
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from cext.statistics import Histogram
from controller.doctor.realtime import histogram_rows

ROOT = Path(__file__).parents[2]
MAIN = "from controller.cli import main; main()"


def doctor(*words, code=0):
    done = subprocess.run([sys.executable, "-c", MAIN, "doctor", "--seconds", "0.3", "--json", *map(str, words)], cwd=ROOT, text=True,
                          env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, timeout=120)  # fmt: skip
    assert done.returncode in ((code,) if code is not None else (0, 1)), done.stdout + done.stderr
    found = json.loads(done.stdout)
    return {row["name"]: row for row in found["findings"]} if "findings" in found else found["error"]


def test_every_subject_is_there_and_what_is_not_well_says_what_to_do():
    found = doctor(code=None)
    assert {"mockloop", "processor", "kernel", "wake-up lateness", "NI-DAQ driver", "disk", "broker"} <= set(found)
    assert all(row["advice"] for row in found.values() if row["grade"] != "ok")
    rows = found["wake-up lateness"]["histogram_us"]
    assert sum(count for _, count in rows) > 100, "a wake-up a millisecond"


def test_a_bound_that_no_machine_holds_fails_and_a_wide_one_does_not():
    row = doctor("--bound-us", 1, code=1)["wake-up lateness"]
    assert row["grade"] == "fail" and "bound 1 us at most" in row["text"]
    assert doctor("--bound-us", 1e9, code=None)["wake-up lateness"]["grade"] == "ok"


def test_the_histogram_has_every_wake_up_once_in_bins_that_double():
    histogram = Histogram()
    values_us = np.concatenate([np.full(50, 3.0), np.full(30, 30.0), np.full(5, 900.0), [40_000.0]])
    histogram.add_all(values_us * 1e3)
    rows = histogram_rows(histogram)
    assert sum(count for _, count in rows) == len(values_us)
    assert all(b[0] == 2.0 * a[0] for a, b in itertools.pairwise(rows))
    assert rows[0] == (4.0, 50) and dict(rows)[32.0] == 30 and rows[-1][1] == 1


@pytest.fixture
def drive():
    """A simulated drive on TCP; its port."""
    words = [sys.executable, "-c", MAIN, "drive-sim", "--tcp", "0", "--json"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
    try:
        yield next(row["tcp"] for row in map(json.loads, process.stdout) if row.get("ready"))
    finally:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()


def bench_of(folder, where):
    text = f"""[bench]
name = "mine"
title = "one drive"
rig = "modbus"
simulated = true
offers = []
metrics_from = "inputs"
[inputs.pump_speed_rpm]
range = [-100, 60000]
required = true
max_age_ms = 240
wire = {{ drive = "left", quantity = "speed" }}
[outputs.pump_speed_rpm]
range = [0, 3000]
rest = 0
standby = 0
safe = 0
wire = {{ drive = "left", quantity = "speed" }}
[outputs.pump_enable]
range = [0, 1]
rest = 0
standby = 0
safe = 0
wire = {{ drive = "left", quantity = "enable" }}
[drives.left]
drive = "generic"
tcp = "{where}"
"""
    path = folder / "mine.toml"
    path.write_text(text)
    return path


def test_each_drive_of_the_bench_is_asked(tmp_path, drive):
    row = doctor("--bench", bench_of(tmp_path, drive), code=None)["drive left"]
    assert row["grade"] == "ok" and "answers in" in row["text"] and "status 0x" in row["text"]


def test_a_drive_that_is_not_there_fails_with_what_to_look_at(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        where = f"127.0.0.1:{free.getsockname()[1]}"
    row = doctor("--bench", bench_of(tmp_path, where), code=1)["drive left"]
    assert row["grade"] == "fail" and "no connection" in row["text"] and "cable" in row["advice"]


def test_a_broker_is_looked_for(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert doctor("--mqtt", f"mqtt://127.0.0.1:{port}", code=None)["broker"]["grade"] == "ok"
    assert doctor("--mqtt", f"mqtt://127.0.0.1:{port}", code=1)["broker"]["grade"] == "fail"
    assert "--mqtt" in doctor("--mqtt", "nonsense", code=2)


def test_a_simulated_drive_of_the_bench_itself_is_named_and_not_asked():
    row = doctor("--bench", "simulated-wires", code=None)["drive left"]
    assert row["grade"] == "ok" and "SIMULATED" in row["text"]
