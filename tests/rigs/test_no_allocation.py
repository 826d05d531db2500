"""The tick allocates nothing: 100 000 ticks of the whole loop under a counting malloc, with a control that does allocate."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import cext

COUNT = """
import ctypes, json, sys
sys.path.insert(0, sys.argv[1])
from cext.clock import StepClock
from cext.frame import FRAME_BYTES
from cext.loop import Loop
from cext.ring import RingWriter
from cext.spec import Spec
from controller.config.experiment import load_experiment
from controller.session.assemble import assemble
import numpy as np
from cext.tables.load import inputs, settings

allocations = ctypes.CDLL(None).allocations
allocations.restype = ctypes.c_long

def in_ticks(loop, thousands):
    found = 0
    for n in range(thousands):
        loop.commands.heartbeat()
        if n % 10 == 0:
            loop.set("iabp.internal_bpm", 60.0 + n % 50, 0.5)   # commands and ramps are part of the tick
        until = loop.tick + 1000
        before = allocations()
        loop.run(until)
        found += allocations() - before
    return found

def start(loop, rig):
    rig.open()
    loop.run(100)
    for request in ("arm", "start"):
        loop.request(request)
        loop.run(loop.tick + 5)

experiment = load_experiment("iabp-weaning", sets=("iabp.enabled=on", "guard.heartbeat_ramp_s=10", "guard.heartbeat_trip_s=60"))
loop = assemble(experiment, faulty=True).loop
start(loop, loop.rig)
loop.rig.inject("in.lap_mmHg", "garbage")
loop.rig.inject("out.valve_pressure", "delayed", amount_s=0.1)
in_ticks(loop, 2)
found = {"loop": in_ticks(loop, 100), "state": float(loop.live.read(__import__("cext.frame").frame.FRAME_DTYPE)["state.state"])}

from odd_rigs import AllocatingRig
rig = AllocatingRig(np.zeros((10, len(inputs()))))
loop = Loop(rig, Spec({}, {}), RingWriter(FRAME_BYTES, 1024), StepClock(1000), {})
start(loop, rig)
in_ticks(loop, 2)
found["control"] = in_ticks(loop, 10)
print(json.dumps(found))
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="LD_PRELOAD and glibc")
def test_no_allocation_in_100_000_ticks(tmp_path, odd_rigs_path):
    hook = tmp_path / "counting_malloc.so"
    source = Path(__file__).parent / "counting_malloc.c"
    subprocess.run([*os.environ.get("CC", "cc").split(), "-O2", "-shared", "-fPIC", "-o", hook, source], check=True, timeout=60)
    core = Path(cext.__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", COUNT, str(odd_rigs_path)], capture_output=True, text=True, timeout=200, cwd=tmp_path,
        env=os.environ | {"LD_PRELOAD": str(hook), "PYTHONPATH": str(core)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["state"] == 3.0, "RUNNING all the time"
    assert found["loop"] == 0
    assert found["control"] == 10_000, "the counter counts: one block a tick"
