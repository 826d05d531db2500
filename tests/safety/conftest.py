"""A core on a scripted rig in virtual time: what goes in is an array, what goes out is on record."""

import numpy as np
import pytest

from cext.clock import StepClock
from cext.frame import FRAME_BYTES, FRAME_DTYPE
from cext.loop import Loop
from cext.ring import RingReader, RingWriter
from cext.spec import Spec
from cext.states import names_of
from cext.tables.load import STATES, inputs, outputs, settings
from rigs.scripted import CALLS, ScriptedRig

IN = [signal.path[3:] for signal in inputs()]
OUT = [signal.path[4:] for signal in outputs()]
INPUTS = {
    "aop_mmHg": {"low": -50.0, "high": 300.0, "required": True},
    "lvp_mmHg": {"low": -50.0, "high": 300.0},
    "lap_mmHg": {"low": -50.0, "high": 150.0, "trip_high": 60.0, "trip_low": -30.0},
    "pump_speed_rpm": {"low": -100.0, "high": 60000.0},
    "ecg_mV": {"low": -10.0, "high": 10.0, "required": True},
    "estop": {"low": 0.0, "high": 1.0, "required": True},
}
OUTPUTS = {
    "valve_pressure": {"low": 0.0, "high": 1.0, "rest": 0.0, "standby": 0.0, "safe": 0.0, "slew_per_s": 0.0},
    "valve_vacuum": {"low": 0.0, "high": 1.0, "rest": 0.0, "standby": 1.0, "safe": 1.0, "slew_per_s": 0.0},
    "pump_speed_rpm": {"low": 0.0, "high": 50000.0, "rest": 0.0, "standby": 31000.0, "safe": 31000.0, "slew_per_s": 20000.0},
    "pump_enable": {"low": 0.0, "high": 1.0, "rest": 0.0, "standby": 1.0, "safe": 1.0, "slew_per_s": 0.0},
    "rpump_speed_rpm": {"low": 0.0, "high": 36000.0, "rest": 0.0, "standby": 20000.0, "safe": 20000.0, "slew_per_s": 20000.0},
    "rpump_enable": {"low": 0.0, "high": 1.0, "rest": 0.0, "standby": 1.0, "safe": 1.0, "slew_per_s": 0.0},
    "ecmo_speed_rpm": {"low": 0.0, "high": 5000.0, "rest": 0.0, "standby": 2000.0, "safe": 2000.0, "slew_per_s": 2000.0},
    "ecmo_enable": {"low": 0.0, "high": 1.0, "rest": 0.0, "standby": 1.0, "safe": 1.0, "slew_per_s": 0.0},
    "ecg_mV": {"low": -5.0, "high": 5.0, "rest": 0.0, "standby": 0.0, "safe": 0.0, "slew_per_s": 0.0},
    "aop_mmHg": {"low": 0.0, "high": 250.0, "rest": 0.0, "standby": 0.0, "safe": 0.0, "slew_per_s": 0.0},
}
LEVELS = [0.0, 23000.0, 31000.0, 33000.0, 35000.0, 37000.0, 39000.0, 42000.0, 44000.0, None]  # no P-9
QUALITY = {"good": 0, "absent": 1, "stale": 2, "driver": 3, "range": 4}
QUIET = {"aop_mmHg": 90.0}  # everything else 0


def script(ticks, **channels):
    """(ticks, inputs): every input present and quiet, but `channels`."""
    table = np.zeros((ticks, len(IN)))
    for name, values in (QUIET | channels).items():
        table[:, IN.index(name)] = values
    return table


class Bench:
    """A loop on a script. `run` returns the frames of the ticks it ran."""

    INPUTS = INPUTS
    OUTPUTS = OUTPUTS

    def __init__(self, values, *, values_set=None, inputs=None, outputs=None, spec=None, **rig):
        rows = outputs or OUTPUTS
        fixed = {key: {name: row[key] for name, row in rows.items()} for key in ("rest", "safe")}
        self.rig = ScriptedRig(values, **fixed, log_size=1 << 16, **rig)
        spec_ = Spec(inputs or INPUTS, rows, level_rpm=LEVELS, pump_range_rpm=(0.0, 46000.0), **(spec or {}))
        numbers = {path: settings()[path].encode(value) for path, value in (values_set or {}).items()}
        ring = RingWriter(FRAME_BYTES, 1024)
        self.clock = StepClock(1000)
        self.loop = Loop(self.rig, spec_, ring, self.clock, numbers)
        self.reader = RingReader(ring.fd)
        self.rig.open()

    def run(self, ticks, *, alive=True):
        """Runs `ticks` ticks; `alive`: the supervisor's heart beats."""
        frames = []
        until = self.loop.tick + ticks
        while self.loop.tick < until:
            if alive:
                self.loop.commands.heartbeat()
            self.loop.run(min(until, self.loop.tick + 50))
            frames.append(self.reader.read(1024))
        return np.concatenate(frames)

    def arm(self):
        """To ARMED. Returns the frames."""
        frames = [self.run(60)]
        self.loop.request("arm")
        frames.append(self.run(2))
        assert self.state == "ARMED"
        return np.concatenate(frames)

    def start(self):
        """To RUNNING. Returns the frames."""
        frames = [self.arm()]
        self.loop.request("start")
        frames.append(self.run(2))
        assert self.state == "RUNNING"
        return np.concatenate(frames)

    def set(self, path, value, ramp_s=0.0):
        self.loop.set(path, settings()[path].encode(value), ramp_s)

    def latest(self):
        return self.loop.live.read(FRAME_DTYPE)

    @property
    def state(self):
        return STATES[int(self.latest()["state.state"])]

    @property
    def latched(self):
        return names_of(int(self.latest()["state.latched"]))

    def calls(self, kind):
        calls = self.rig.calls
        return calls[calls["kind"] == CALLS.index(kind)]

    def wires(self):
        """tick -> the values at the actuators when that tick was over, by output name."""
        last = {int(call["tick"]): call["wire"] for call in self.rig.calls}
        return {tick: dict(zip(OUT, (float(v) for v in wire), strict=True)) for tick, wire in last.items()}


def level(key):
    """Declared values by output name, `key` one of rest, standby, safe."""
    return {name: row[key] for name, row in OUTPUTS.items()}


@pytest.fixture(scope="session")
def bench():
    """Makes a Bench."""
    return Bench


@pytest.fixture(scope="session")
def scripted():
    """Makes the values of a script: `scripted(ticks, aop_mmHg=...)`."""
    return script


@pytest.fixture(scope="session")
def declared():
    """`declared("safe")`: the bench's values by output name."""
    return level
