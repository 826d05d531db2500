"""A disk that fills in the middle of a run: the loop does not notice, people are told, and what was there before stays whole."""

import json
import os
import shutil
import struct
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import cext
from controller.job import folder as folders
from controller.runs import open_run

SHIM = Path(__file__).parents[1] / "recording" / "fail_calls.c"
PROTOCOL = """
[protocol]
name = "short"
title = "A few seconds"
requires = ["iabp", "patient-model"]
patient = "cardiogenic-shock"
[[step]]
name = "hold"
set = { iabp.enabled = true }
hold_s = 5.0
"""
ALARM_TICKS = 1000


@pytest.fixture
def filling(tmp_path):
    """Runs the protocol in real time; from RUNNING on every file call of the recording is refused."""
    library, count = tmp_path / "fail_calls.so", tmp_path / "count"
    subprocess.run(["cc", "-O1", "-shared", "-fPIC", "-o", library, SHIM, "-ldl"], check=True, capture_output=True)
    (tmp_path / "short.toml").write_text(PROTOCOL)
    count.write_bytes(struct.pack("3q", 0, 0, 0))
    core = Path(cext.__file__).parents[1]
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(dict.fromkeys([str(core), *filter(None, sys.path)])),
        "LD_PRELOAD": str(library), "FAIL_COUNT": str(count), "FAIL_FOLDER": str(tmp_path / "run"),
    }  # fmt: skip
    code = "from controller.cli import main; main()"
    run = subprocess.Popen(
        [sys.executable, "-P", "-c", code, "run", "short.toml", "--mqtt", "off", "--out", "run"],
        cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    events = tmp_path / "run" / "events.jsonl"
    while not (events.exists() and "ARMED -> RUNNING" in events.read_text()):
        assert run.poll() is None, run.stdout.read()
        time.sleep(0.05)
    time.sleep(2.0)  # so that more than a second is on the disk, also where the loop began late
    with count.open("r+b") as file:
        file.seek(8)
        file.write(struct.pack("2q", 1, 1 << 40))
    said = run.communicate(timeout=60.0)[0]
    return tmp_path / "run", run.returncode, said


def test_the_loop_goes_on_people_are_told_and_earlier_data_are_intact(filling):
    out, code, said = filling
    summary = json.loads((out / "summary.json").read_text())
    assert (code, summary["verdict"], summary["tripped"]) == (0, "PASS", []), said
    assert summary["recording"]["complete"] is False
    assert "No space left on device" in summary["recording"]["problem"]
    run = open_run(out)
    ticks = run["time.tick"].values
    np.testing.assert_array_equal(ticks, np.arange(len(ticks)))
    assert run.attrs["complete"] == 0
    assert 1000 < len(ticks) < summary["ticks"] - 1000, "the loop has long outlived its recording"
    events = [json.loads(line) for line in (out / "events.jsonl").read_text().splitlines()]
    alarm = next(e for e in events if e["kind"] == "alarm")
    assert alarm["data"]["condition"] == "recording"
    assert alarm["tick"] - ticks[-1] <= ALARM_TICKS


def test_a_start_with_too_little_space_for_the_plan_is_refused(tmp_path, monkeypatch):
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(folders.shutil, "disk_usage", lambda _there: usage._replace(free=250_000_000))
    folders.check_space(tmp_path / "run", 10.0, 1e-3)
    with pytest.raises(folders.NoSpace, match=r"the plan of 3600 s needs .* MB, the disk has 250 MB free"):
        folders.check_space(tmp_path / "run", 3600.0, 1e-3)
