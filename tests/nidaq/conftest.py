"""Benches on the stand-in driver: loose wires that a test moves by hand, or the whole chain with the plant behind it."""

from types import SimpleNamespace

import pytest

from rigs.hand import Hand
from rigs.nidaq.rig import NidaqRig
from rigs.nidaq.wiring import wiring
from rigs.simdaq.bench import SimulatedBench
from rigs.simdaq.loading import load

INPUTS = {
    "aop_mmHg": {"wire": {"terminal": "Dev1/ai0", "mode": "differential", "volts": (-5.0, 5.0), "gain_per_V": 100.0}},
    "ecg_mV": {"wire": {"terminal": "Dev1/ai1", "mode": "rse", "volts": (-10.0, 10.0), "gain_per_V": 2.0, "offset": 0.5}},
    "pump_speed_rpm": {"wire": {"terminal": "Dev1/ctr0", "gain_per_Hz": 10.0, "window_ms": 50.0}},
    "estop": {"wire": {"terminal": "Dev1/port1/line0", "invert": True}},
}
OUTPUTS = {
    "valve_pressure": {"rest": 0.0, "safe": 0.0, "wire": {"terminal": "Dev1/port0/line0"}},
    "valve_vacuum": {"rest": 0.0, "safe": 1.0, "wire": {"terminal": "Dev1/port0/line1"}},
    "pump_speed_rpm": {
        "rest": 0.0,
        "safe": 31000.0,
        "wire": {"terminal": "Dev1/ao0", "volts": (0.0, 10.0), "gain_per_V": 5500.0},
    },
    "pump_enable": {"rest": 0.0, "safe": 1.0, "wire": {"terminal": "Dev1/port0/line2", "invert": True}},
}


@pytest.fixture(scope="session")
def driver():
    return load()


@pytest.fixture
def loose(driver):
    """Makes a bench with loose wires: .rig, .bench (the cards), .hand (reads and writes), .wiring. Closed when the test ends."""
    made = []

    def make(*, inputs=INPUTS, outputs=OUTPUTS, period_s=1e-3, reads=3, install=None, watchdog=None, opened=True, **daq):
        table = {"product": "PCIe-6363", "timing": "on-demand", "latency_ms": 50.0, "budget_pct": 50.0} | daq
        wires = wiring(inputs, outputs, {"daq": table, "watchdog": watchdog or {}})
        fitted = wires if install is None else wiring(inputs, outputs, {"daq": table | {"product": install}, "watchdog": {}})
        bench = SimulatedBench(driver, fitted, None, period_s)
        rig = NidaqRig(wires, driver, period_s, reads)
        kit = SimpleNamespace(rig=rig, bench=bench, hand=Hand(rig), wiring=wires)
        made.append(kit)
        if opened:
            rig.open()
        return kit

    yield make
    for kit in made:
        kit.bench.fail(0, -1)
        kit.bench.delay(0.0)
        kit.rig.close()
