"""The virtual rig as the tick sees it: read and write by hand, no loop."""

import tomllib
from pathlib import Path

import numpy as np
import pytest

from cext.plant.model import PlantModel
from rigs.hand import Hand
from rigs.virtual import VirtualRig

CONFIGS = Path(__file__).parents[2] / "configs"
DEVICES = {name: tomllib.loads((CONFIGS / "devices" / f"{name}.toml").read_text()) for name in ("iabp-40", "impella-cp")}
INPUTS = {
    "aop_mmHg": {"range": [-50, 300], "sensor": {"noise_rms": 0.3, "natural_hz": 40, "damping": 0.65, "bits": 16}},
    "lvp_mmHg": {"range": [-50, 90]},
    "ecg_mV": {"range": [-10, 10]},
    "pump_speed_rpm": {"range": [0, 60000]},
    "balloon_pressure_mmHg": {"range": [-300, 500]},
    "estop": {"range": [0, 1]},
}
OUTPUTS = {
    "valve_pressure": {"range": [0, 1], "rest": 0, "safe": 0, "actuator": {"delay_ms": 8, "lag_ms": 4}},
    "valve_vacuum": {"range": [0, 1], "rest": 0, "safe": 1, "actuator": {"delay_ms": 8, "lag_ms": 4}},
    "pump_speed_rpm": {"range": [0, 55000], "rest": 0, "safe": 31000.0},
    "pump_enable": {"range": [0, 1], "rest": 0, "safe": 1.0},
}
STILL = {"patient.sdnn_ms": 0.0, "patient.breathing": "off"}


def rig(seed=3, settings=None, devices=DEVICES):
    made = VirtualRig(INPUTS, OUTPUTS, devices, seed, 1e-3)
    hand = Hand(made, STILL | (settings or {}))
    made.open()
    return made, hand


def test_closed_it_answers_with_an_error_and_open_it_reads():
    made = VirtualRig(INPUTS, OUTPUTS, DEVICES, 1, 1e-3)
    hand = Hand(made)
    assert hand.read()[0] < 0 and hand.write() < 0 and hand.make_safe() == 0
    made.open()
    assert hand.read()[0] == 0 and hand.write() == 0
    made.close()
    assert hand.read()[0] < 0 and hand.write() < 0 and hand.make_safe() == 0 and hand.make_safe() == 0


def test_channels_have_quality_and_absent_ones_say_so():
    _, hand = rig()
    frames = hand.ticks(1000)
    names = list(INPUTS)
    from cext.tables import load

    all_inputs = [s.path[3:] for s in load.inputs()]
    for i, name in enumerate(all_inputs):
        if name not in names:
            assert np.isnan(frames[f"in.{name}"]).all() and (frames["quality"][:, i] == 1).all()
        elif name != "lvp_mmHg":
            assert (frames["quality"][:, i] == 0).all()
    beyond = frames["plant.lvp_mmHg"] > 90.0
    assert beyond.any()
    assert ((frames["quality"][:, all_inputs.index("lvp_mmHg")] == 4) == beyond).all()
    assert (frames["in.estop"] == 0.0).all() and (frames["age_s"] == 0.0).all()


def test_time_passes_in_write_and_once_per_tick():
    _, hand = rig()
    first = hand.read()[1]["plant.lvp_mmHg"]
    hand.write()
    second = hand.read()[1]["plant.lvp_mmHg"]
    hand.write()
    alone = PlantModel(STILL, balloon=DEVICES["iabp-40"])
    assert second == alone.run(1e-3)["lvp_mmHg"][0] != first
    assert hand.read()[1]["plant.lvp_mmHg"] == alone.run(1e-3)["lvp_mmHg"][0]


def test_the_outputs_reach_the_plant_through_their_actuators():
    _, hand = rig(settings={"pump.device": "impella-cp"})
    hand.ticks(200, valve_vacuum=1.0)
    frames = hand.ticks(1200, valve_vacuum=0.0, valve_pressure=1.0, pump_speed_rpm=33000.0, pump_enable=1.0)
    line = frames["in.balloon_pressure_mmHg"]
    assert np.abs(np.diff(line[:8])).max() < 1.0 and line[20] > line[8] + 20.0  # 8 ms of delay, then up
    assert frames["plant.balloon_mL"][-1] > 39.0
    assert frames["plant.pump_speed_rpm"][-1] == pytest.approx(33000.0, rel=5e-3)  # the load swings with the heart
    assert frames["plant.pump_flow_mL_s"][-1] > 20.0


def test_make_safe_in_place_of_write_lets_time_pass_on_the_safe_values():
    made, hand = rig(settings={"pump.device": "impella-cp"})
    hand.ticks(1500, valve_pressure=1.0, valve_vacuum=0.0, pump_speed_rpm=44000.0, pump_enable=1.0)
    hand.energise()
    for _ in range(1500):
        code, frame = hand.read()
        assert code == 0
        assert hand.make_safe() == 0 and hand.make_safe() == 0
    assert frame["plant.balloon_mL"] < 4.0  # on vacuum
    assert frame["plant.pump_speed_rpm"] == pytest.approx(DEVICES["impella-cp"]["safe"]["speed_rpm"], rel=5e-3)
    assert frame["plant.beat"] >= 3.0
    assert made.is_open


def test_settings_take_effect_mid_run_without_moving_blood():
    _, hand = rig(settings={"patient.baroreflex": False})
    before = hand.ticks(5000)
    hand.set("patient.hr_bpm", 100.0)
    hand.set("patient.svr_scale", 1.5)
    after = hand.ticks(20_000)
    assert after["plant.rr_s"][-1] == pytest.approx(0.6, abs=2e-3)
    assert after["plant.aop_mmHg"][-5000:].mean() > before["plant.aop_mmHg"].mean() + 10.0
    assert abs(after["plant.blood_volume_mL"][-1] - before["plant.blood_volume_mL"][0]) < 1e-6


def test_settings_attached_after_open_are_settled_at_the_first_read():
    made = VirtualRig(INPUTS, OUTPUTS, DEVICES, 3, 1e-3)
    made.open()
    late = Hand(made, STILL | {"patient.lv_ees_mmHg_mL": 0.6})
    _, early = rig(settings={"patient.lv_ees_mmHg_mL": 0.6})
    assert (late.ticks(50)["plant.lvp_mmHg"] == early.ticks(50)["plant.lvp_mmHg"]).all()


def test_one_seed_gives_one_run_to_the_last_bit():
    def run(seed):
        return rig(seed, {"patient.sdnn_ms": 40.0})[1].ticks(3000, valve_vacuum=1.0).tobytes()

    assert run(3) == run(3)
    assert run(3) != run(4)


@pytest.mark.parametrize(
    ("inputs", "outputs", "devices", "period"),
    [
        ({"nonsense": {"range": [0, 1]}}, OUTPUTS, DEVICES, 1e-3),
        (INPUTS, {"nonsense": {"range": [0, 1]}}, DEVICES, 1e-3),
        (INPUTS, OUTPUTS, {"a": DEVICES["iabp-40"], "b": DEVICES["iabp-40"]}, 1e-3),
        (INPUTS, OUTPUTS, {"a": {"device": {"kind": "kettle", "name": "x"}}}, 1e-3),
        (INPUTS, OUTPUTS, {"a": {"device": DEVICES["iabp-40"]["device"], "balloon": {}, "drive": {}}}, 1e-3),
        (INPUTS, OUTPUTS, DEVICES, 0.0),
        ({"aop_mmHg": {"range": [0, 1], "sensor": {"lag": 1}}}, OUTPUTS, DEVICES, 1e-3),
    ],
)
def test_what_cannot_be_is_refused_by_name(inputs, outputs, devices, period):
    with pytest.raises(ValueError, match=r"virtual rig|device|inputs\."):
        VirtualRig(inputs, outputs, devices, 1, period)
