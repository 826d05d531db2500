"""The way from switched on to running and back: nothing is energised before arming, and a trip is left by a reset only."""

import numpy as np
import pytest

from controller.session.errors import NotArmed


def all_equal(rig, values, seconds):
    frames = rig.frames(seconds)
    assert len(frames) == round(seconds / rig.period_s)
    return {path: bool((frames[path] == value).all()) for path, value in values.items()}


def test_opens_at_rest(rig, declared):
    rig.advance(0.5)
    assert rig.state == "IDLE"
    frames = rig.frames(30.0)  # from the very first tick on
    for path, value in declared("rest").items():
        assert (frames[path] == value).all(), f"{path} left its rest value before arming"


def test_walks_to_running_and_back(rig, declared):
    rig.arm()
    rig.advance(0.2)
    assert rig.state == "ARMED"
    assert all(all_equal(rig, declared("standby"), 0.1).values())
    rig.start()
    assert rig.state == "RUNNING"
    rig.advance(0.2)
    rig.stop()
    assert rig.state == "ARMED"
    rig.disarm()
    rig.advance(0.1)
    assert rig.state == "IDLE"
    assert all(all_equal(rig, declared("rest"), 0.05).values())
    walked = [e.text for e in rig.events if e.kind == "transition"]
    assert walked == [
        "INIT -> IDLE", "IDLE -> ARMED", "ARMED -> RUNNING", "RUNNING -> STOPPING", "STOPPING -> ARMED", "ARMED -> IDLE",
    ]  # fmt: skip


def test_start_needs_arming(rig):
    rig.advance(0.1)
    with pytest.raises(NotArmed, match="IDLE"):
        rig.operate(lambda session: session.start())
    assert rig.state == "IDLE"


def test_held_stop_refuses_arming(rig):
    rig.hold_stop()
    with pytest.raises(NotArmed):
        rig.arm()
    assert rig.state == "IDLE"
    rig.hold_stop(False)
    rig.arm()
    assert rig.state == "ARMED"


def test_stop_button_ramps_down(rig):
    rig.start()
    rig.advance(0.5)
    rig.hold_stop()
    rig.until(lambda frame: frame["state.state"] != 3, 0.1)
    rig.advance(float(rig.value("guard.stop_ramp_s")) + 0.1)
    assert rig.state == "IDLE"  # over STOPPING and ARMED, which a held STOP leaves too


@pytest.mark.bench(set={"guard.arm_timeout_s": 2.0})
def test_armed_and_forgotten_goes_back_to_rest(rig, declared):
    rig.arm()
    rig.advance(1.8)
    assert rig.state == "ARMED"
    rig.advance(0.4)
    assert rig.state == "IDLE"
    assert all(all_equal(rig, declared("rest"), 0.1).values())


def test_trip_is_immediate_and_latched(rig, declared):
    rig.start()
    rig.advance(0.5)
    rig.trip()
    rig.advance(0.1)
    assert rig.state == "SAFE"
    assert rig.latched == ("trip_request",)
    frames = rig.frames(0.6)
    tripped = frames[frames["state.state"] == 5]
    for path, value in declared("safe").items():
        assert (tripped[path] == value).all(), f"{path} is not at its safe value in every tick of SAFE"
    if rig.simulated:  # between two calls no time passes: the very next tick
        assert len(tripped) == 100


def test_rearming_needs_a_reset(rig):
    rig.start()
    rig.trip()
    rig.advance(0.1)
    with pytest.raises(NotArmed, match=r"SAFE.*trip_request.*reset first"):
        rig.arm()
    with pytest.raises(NotArmed):
        rig.operate(lambda session: session.start())
    assert rig.state == "SAFE"
    rig.reset()
    assert rig.state == "IDLE"
    assert rig.latched == ()
    rig.start()
    assert rig.state == "RUNNING"


def test_reset_before_the_trip_does_nothing(rig):
    """Reset is an edge: asked for while all is well, it is used up and does not wait for the trip."""
    rig.start()
    with pytest.raises(NotArmed):
        rig.reset()
    rig.trip()
    rig.advance(0.5)
    assert rig.state == "SAFE"


def test_reset_is_refused_while_the_cause_is_there(rig, fault):
    rig.start()
    number = fault.open_estop()
    rig.advance(0.1)
    with pytest.raises(NotArmed, match="estop"):
        rig.reset()
    assert rig.state == "SAFE"
    fault.clear(number)
    rig.advance(0.5)
    assert rig.state == "SAFE"  # the cause has gone, but nobody has reset
    rig.reset()
    assert rig.state == "IDLE"


@pytest.mark.needs("patient-model", "iabp")
def test_contraindication_refuses_arming_unless_named(rig):
    rig.prepare(set={"patient.ar_area_cm2": 0.4, "iabp.enabled": True})
    with pytest.raises(NotArmed, match="iabp-in-ar"):
        rig.arm()
    rig.arm(override=["iabp-in-ar"])
    assert rig.state == "ARMED"


@pytest.mark.needs("patient-model", "iabp")
def test_contraindication_that_arises_deflates(rig):
    rig.set("iabp.enabled", True)
    rig.start()
    rig.advance(5.0)
    rig.set("patient.ar_area_cm2", 0.4)
    rig.advance(1.0)
    assert rig.value("iabp.enabled") is False
    assert [e.data["condition"] for e in rig.events if e.kind == "alarm"] == ["iabp-in-ar"]
    assert (rig.frames(0.9)["out.valve_pressure"] == 0.0).all()


def steepest(rig, seconds, path):
    return float(np.abs(np.diff(rig.signal(path, seconds))).max())


@pytest.mark.needs("impella")
@pytest.mark.bench(set={"pump.device": "impella-cp", "pump.level": "P-6"})
def test_pump_has_no_bump(rig):
    """From standby to the law, back, and after a trip and its reset: the speed asked for moves by its ramp only."""
    ramp_rpm = float(rig.value("pump.ramp_rpm_s")) * rig.period_s * (1.0 + 1e-9)
    rig.arm()
    rig.advance(0.5)
    rig.start()
    rig.advance(2.0)
    assert steepest(rig, 2.2, "out.pump_speed_rpm") <= ramp_rpm
    assert rig.signal("out.pump_speed_rpm") == rig.experiment.pump.levels["P-6"].speed_rpm
    rig.trip()
    rig.advance(0.5)
    rig.reset()
    rig.arm()
    rig.advance(0.2)
    rig.start()
    rig.advance(2.0)
    assert steepest(rig, 2.1, "out.pump_speed_rpm") <= ramp_rpm
