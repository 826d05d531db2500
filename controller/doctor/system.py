"""Software, processor, disk and ports."""

from __future__ import annotations

import os
import shutil
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

from controller.doctor.finding import Finding
from controller.job.folder import bytes_per_tick
from controller.telemetry.address import PORT
from controller.version import build_id, version

LEAST_FREE_GB = 2.0  # an hour at 1 kHz takes nearly that


def software() -> Iterator[Finding]:
    yield Finding("mockloop", "ok", f"{version()}, build {build_id()}, Python {sys.version.split()[0]}")


def processor() -> Iterator[Finding]:
    cores = len(os.sched_getaffinity(0))
    if cores >= 2:
        yield Finding("processor", "ok", f"{cores} cores")
    else:
        yield Finding("processor", "warn", "1 core", "give two: the loop wants one to itself")
    governor = Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
    if governor.exists() and governor.read_text().strip() != "performance":
        yield Finding(
            "governor", "warn", governor.read_text().strip(), "set it to performance: cpupower frequency-set -g performance"
        )


def disk() -> Iterator[Finding]:
    free_GB = shutil.disk_usage(Path.cwd()).free / 1e9
    text = f"{free_GB:.1f} GB free in {Path.cwd()}"
    if free_GB >= LEAST_FREE_GB:
        yield Finding("disk", "ok", text)
    else:
        yield Finding(
            "disk",
            "fail",
            text,
            f"free at least {LEAST_FREE_GB:g} GB: an hour of recording takes {bytes_per_tick() * 3.6e6 / 1e9:.1f} GB",
        )


def broker() -> Iterator[Finding]:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        taken = probe.connect_ex(("127.0.0.1", PORT)) == 0
    if taken:
        text, advice = (
            f"port {PORT} is in use",
            f"the embedded broker will take another port; or --mqtt mqtt://127.0.0.1:{PORT}",
        )
        yield Finding("broker", "warn", text, advice)
    else:
        yield Finding("broker", "ok", f"port {PORT} is free for the embedded broker")
