"""A whole fast run in processes of its own: start-up, rate with every signal recorded, report."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from controller.benchmark.row import Row, at_least, at_most
from controller.processes.launch import environment

REPEATS = 3
PROTOCOL = """
[protocol]
name = "ten-minutes"
title = "Ten minutes of counterpulsation"
requires = ["iabp", "patient-model"]
patient = "cardiogenic-shock"

[set]
iabp.enabled = true

[[step]]
name = "assist"
hold_s = 600.0
"""


def job() -> Iterator[Row]:
    """Ten minutes of protocol, three times."""
    rates, starts, reports = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        protocol = Path(folder) / "ten-minutes.toml"
        protocol.write_text(PROTOCOL, encoding="utf-8")
        for number in range(REPEATS):
            out = Path(folder) / f"run-{number}"
            begin = time.time()
            _mockloop("run", str(protocol), "--fast", "--mqtt", "off", "--out", str(out))
            summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
            wall = summary["wall"]
            starts.append(wall["first_tick_epoch_s"] - begin)
            rates.append(summary["ticks"] * summary["period_us"] * 1e-6 / (wall["closed_epoch_s"] - wall["first_tick_epoch_s"]))
            reports.append(wall["report_s"])
            (out / "recording.h5").unlink()
    yield at_least(
        "fast run, first tick to recording closed", median(rates), "x real time", 300.0, "10 min, every signal, every tick"
    )
    yield at_most("start-up: command to first tick", median(starts), "s", 1.5, "imports, checks, recorder started")
    yield at_most("report", median(reports), "s", 5.0, "of the run of 10 min")


def _mockloop(*arguments: str) -> None:
    code = "from controller.cli import main; main()"
    done = subprocess.run([sys.executable, "-P", "-c", code, *arguments], env=environment(), capture_output=True, text=True)
    if done.returncode not in (0, 1):
        raise RuntimeError(f"mockloop {' '.join(arguments)} ended with {done.returncode}: {done.stderr[-500:]}")
