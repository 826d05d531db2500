"""What every rig must do, walked over every kind that is registered."""

import math

import numpy as np
import pytest

from cext.rig import RIG_ABI
from cext.tables.load import inputs, outputs
from controller.config.drives import drive_tables
from controller.config.experiment import load_experiment
from rigs.composite import CompositeRig
from rigs.hand import Hand
from rigs.recorded import RecordedRig
from rigs.registry import kinds, make
from rigs.scripted import ScriptedRig

SAFE_RPM = 31000.0


def bench_of(kind):
    """A rig of this kind on the shipped bench that has it; the NI rig is on the stand-in driver there."""
    experiment = load_experiment("impella-ramp", bench=kind if kind == "simulated-wires" else "virtual")
    tables = experiment.bench.model_dump(include={"daq", "watchdog"}) | {"drives": drive_tables(experiment)}
    rows_in = {name: row.model_dump() for name, row in experiment.bench.inputs.items()}
    devices = {place: device.model_dump() for place, device in experiment.devices.items()}
    made = make(kind, rows_in, experiment.outputs, devices, 1, 1e-3, tables)
    made.make_clock(False)
    return made


def scripted(_kind):
    return ScriptedRig(np.zeros((10, len(inputs()))), safe={"pump_speed_rpm": SAFE_RPM})


def recorded(_kind):
    outputs = {"pump_speed_rpm": {"rest": 0.0, "safe": SAFE_RPM}}
    return RecordedRig(np.full((100_000, 2), 50.0), ["ecg_mV", "aop_mmHg"], outputs, 1e-3)


# "nidaq" is the rig of simulated-wires on real cards, and refuses to be made without them. "modbus" has a drive to talk to in
# tests/modbus/test_modbus_contract.py, which holds the same for it; "loopback" drives no pump (tests/generator/test_put_out.py).
MAKERS = dict.fromkeys(set(kinds()) - {"nidaq", "modbus", "loopback"}, bench_of) | {"scripted": scripted, "recording": recorded}


@pytest.fixture(params=sorted(MAKERS))
def rig(request):
    made = MAKERS[request.param](request.param)
    yield made
    made.close()


def let_pass(rig):
    """Time passes on the simulated cards with the loop's clock, which a hand does not have."""
    if isinstance(rig, CompositeRig):
        rig.base.bench.let_pass(1)


def hand_of(rig):
    return Hand(rig, {} if isinstance(rig, (ScriptedRig, RecordedRig)) else {"pump.device": "impella-cp"})


def standing_rpm(rig, hand):
    """The pump's set point at the actuators, by what the bench shows of it."""
    if isinstance(rig, ScriptedRig):
        return float(rig.calls["wire"][-1][[s.path for s in outputs()].index("out.pump_speed_rpm")])
    if isinstance(rig, RecordedRig):
        return rig.standing["pump_speed_rpm"]
    speeds = []
    for _ in range(4000):  # the drive follows; each read lets the owed period pass
        speeds.append(float(hand.read()[1]["plant.pump_speed_rpm"]))
        hand.make_safe()
        let_pass(rig)
    return sum(speeds[-1600:]) / 1600  # two beats: the load moves the shaft a little


def test_it_says_its_abi(rig):
    assert rig.abi == RIG_ABI


def test_closed_it_answers_with_errors_and_open_it_works(rig):
    hand = hand_of(rig)
    assert hand.read()[0] < 0
    assert hand.write() < 0
    rig.open()
    assert hand.read()[0] == 0
    assert hand.write() == 0
    assert hand.feed_watchdog(True) == hand.feed_watchdog(False) == 0
    rig.close()
    assert not rig.is_open
    assert hand.read()[0] < 0
    assert hand.write() < 0


def test_make_safe_in_any_state_any_number_of_times(rig):
    hand = hand_of(rig)
    assert hand.make_safe() == hand.make_safe() == 0
    rig.open()
    assert hand.make_safe() == hand.make_safe() == 0
    rig.close()
    rig.close()
    assert hand.make_safe() == hand.make_safe() == 0


def test_the_safe_values_reach_the_wire_where_the_bench_is_energised(rig):
    hand = hand_of(rig)
    rig.open()
    hand.energise()
    for _ in range(1 if isinstance(rig, ScriptedRig) else 100):  # a drive on a bus is told at the bus's pace
        hand.read()
        hand.write(pump_speed_rpm=44000.0, pump_enable=1.0)
        let_pass(rig)
    hand.make_safe()
    assert standing_rpm(rig, hand) == pytest.approx(SAFE_RPM, rel=5e-3)


def test_the_rest_values_reach_the_wire_where_it_is_not(rig):
    hand = hand_of(rig)
    rig.open()
    hand.read()
    hand.make_safe()
    assert abs(standing_rpm(rig, hand)) < 1.0


def test_every_input_has_a_value_an_age_and_a_quality(rig):
    hand = hand_of(rig)
    rig.open()
    for _ in range(20):
        code, frame = hand.read()
        hand.write()
        assert code == 0
        for i, signal in enumerate(inputs()):
            good = frame["quality"][i] == 0
            assert not good or (math.isfinite(frame[signal.path]) and 0.0 <= frame["age_s"][i] < 0.1), signal.path
            assert good or frame["quality"][i] in (1, 2, 3, 4)


def test_units_are_those_of_the_table(rig):
    """What a resting adult shows lies where the unit of the table puts it: mmHg, L/min, mL, mV; not kPa, mL/s or V."""
    if isinstance(rig, (ScriptedRig, RecordedRig)):
        pytest.skip("plays what it is given")
    hand = hand_of(rig)
    rig.open()
    frames = np.concatenate([(let_pass(rig), hand.ticks(1))[1] for _ in range(3000)])
    plausible = {
        "in.aop_mmHg": (40, 160),
        "in.lvp_mmHg": (-20, 180),
        "in.lap_mmHg": (-5, 40),
        "in.cvp_mmHg": (-5, 30),
        "in.rvp_mmHg": (-20, 80),
        "in.pap_mmHg": (0, 80),
        "in.lvv_mL": (20, 350),
        "in.ecg_mV": (-3, 3),
        "in.aortic_flow_L_min": (-20, 50),
        "in.estop": (0, 0),
    }
    for path, (low, high) in plausible.items():
        values = frames[path][50:]
        assert low <= values.min() <= values.max() <= high, path
    assert np.ptp(frames["in.aop_mmHg"]) > 10.0
    assert np.ptp(frames["in.ecg_mV"]) > 0.5


@pytest.mark.parametrize("what", ["read", "in.aop_mmHg"])
def test_unplugging_shows_at_once(what):
    """The bound of the virtual rig is a tick: an error of the call, or a quality that is not good."""
    rig = bench_of("faulty")
    hand = hand_of(rig)
    rig.open()
    hand.ticks(10)
    rig.inject(what, "off")
    code, frame = hand.read()
    i = [s.path for s in inputs()].index("in.aop_mmHg")
    assert code < 0 if what == "read" else frame["quality"][i] == 3 and np.isnan(frame["in.aop_mmHg"])
    rig.clear()
    code, frame = hand.read()
    assert (code, frame["quality"][i]) == (0, 0)
