"""What goes wrong on a bench, and how soon the core has noticed. Virtual time: the counts are exact, on every machine."""

import numpy as np
import pytest

from cext.tables.load import inputs, outputs

INPUT = {signal.path: i for i, signal in enumerate(inputs())}
OUT = [signal.path for signal in outputs()]
CMD = [path.replace("out.", "cmd.") for path in OUT]
SAFE, RUNNING = 5, 3
HELD_TICKS = 5
SAFE_WITHIN_TICKS = 10
REQUIRED = ("in.aop_mmHg", "in.ecg_mV")


@pytest.fixture
def running(rig):
    """The bench at work with whatever it has: balloon 1:1, and the pump where one can be fitted."""
    sets = {"pump.device": "impella-cp", "pump.level": "P-6"} if "impella" in rig.offers else {}
    rig.prepare(patient="cardiogenic-shock" if "patient-model" in rig.offers else None, set=sets)
    if "iabp" in rig.offers:
        rig.set("iabp.enabled", True)
    rig.start()
    rig.advance(8.0)
    assert rig.state == "RUNNING"
    return rig


def ticks(rig, count):
    """Lets `count` ticks pass and returns their frames."""
    rig.advance(count * rig.period_s)
    return rig.frames(count * rig.period_s)


def flagged(frames, path):
    return (frames["state.bad_inputs"].astype(int) >> INPUT[path] & 1).astype(bool)


def assert_safe(frames, declared):
    """Safe values in every one of these ticks."""
    for path, value in declared("safe").items():
        assert (frames[path] == value).all(), f"{path} is not at its safe value"


def assert_sound(rig, frames):
    """Whatever came in: every law asks for a finite value and every output is finite and within its range."""
    for path in CMD + OUT:
        assert np.isfinite(frames[path]).all(), f"{path} is not finite"
    for name, row in rig.choice.bench.outputs.items():
        low, high = row.range
        assert ((frames[f"out.{name}"] >= low) & (frames[f"out.{name}"] <= high)).all(), f"out.{name} left its range"


@pytest.mark.parametrize("path", ["in.aop_mmHg", "in.lvp_mmHg"])
def test_pressure_above_its_limit_trips_in_the_same_tick(running, fault, declared, path):
    rig = running
    limit = min(rig.value("guard.pressure_high_mmHg"), rig.choice.bench.inputs[path[3:]].trip_high)
    fault.force(path, limit)
    assert (ticks(rig, 5)["state.state"] == RUNNING).all()  # at the limit is not above it
    fault.clear()
    fault.force(path, np.nextafter(limit, np.inf))
    frames = ticks(rig, 5)
    assert (frames["state.state"] == SAFE).all()
    assert rig.latched == ("pressure_high",)
    assert_safe(frames, declared)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, -1e308, -50.1])
def test_nonsense_is_flagged_in_the_same_tick_and_never_passed_on(running, fault, declared, value):
    rig = running
    before = rig.signal("in.aop_mmHg")
    fault.force("in.aop_mmHg", value)
    frames = ticks(rig, 50)
    assert flagged(frames, "in.aop_mmHg").all()
    held = frames["in.aop_mmHg"]
    assert (held[:HELD_TICKS] == before).all()
    assert np.isnan(held[HELD_TICKS:]).all()  # an old value is not passed off as a new one
    assert_sound(rig, frames)
    assert (frames["state.state"][SAFE_WITHIN_TICKS:] == SAFE).all()
    assert rig.latched == ("input_lost",)
    assert_safe(frames[frames["state.state"] == SAFE], declared)


@pytest.mark.parametrize("value", [300.1, 1e308])
def test_pressure_beyond_its_transducer_is_too_high_at_once(running, fault, declared, value):
    """A finite reading above the range is no mere loss of the signal."""
    rig = running
    fault.force("in.aop_mmHg", value)
    frames = ticks(rig, 50)
    assert flagged(frames, "in.aop_mmHg").all()
    assert (frames["state.state"] == SAFE).all()
    assert "pressure_high" in rig.latched
    assert not (frames["in.aop_mmHg"] == value).any()
    assert_sound(rig, frames)
    assert_safe(frames, declared)


@pytest.mark.parametrize("path", REQUIRED)
@pytest.mark.parametrize("count", range(1, 11))
def test_dropout_is_bridged_for_five_ticks_and_safe_within_ten(running, fault, path, count):
    rig = running
    fault(path, "off", duration_s=count * rig.period_s)
    frames = ticks(rig, 30)
    assert flagged(frames, path).sum() == count
    states = frames["state.state"]
    if count <= HELD_TICKS:
        assert (states == RUNNING).all()
        assert np.isfinite(frames[path]).all()
    else:
        assert (states[SAFE_WITHIN_TICKS:] == SAFE).all()
        assert rig.latched == ("input_lost",)
    assert_sound(rig, frames)


@pytest.mark.parametrize("path", REQUIRED)
def test_intermittent_contact(running, fault, path):
    """20 ms without, 20 ms with a signal: longer than can be bridged."""
    rig = running
    fault(path, "intermittent", amount_s=0.02)
    frames = ticks(rig, 200)
    assert (frames["state.state"][SAFE_WITHIN_TICKS:] == SAFE).all()
    assert_sound(rig, frames)


def test_garbage_on_every_input(running, fault, declared):
    rig = running
    names = list(rig.choice.bench.inputs)
    for name in [n for n in names if n != "estop"][:15]:
        fault(f"in.{name}", "garbage")
    frames = ticks(rig, 1000)
    assert_sound(rig, frames)
    assert frames["state.state"][-1] == SAFE
    assert_safe(frames[frames["state.state"] == SAFE], declared)


def test_an_input_that_is_not_required_may_be_lost(running, fault):
    rig = running
    fault("in.lvv_mL", "off")
    frames = ticks(rig, 500)
    assert flagged(frames, "in.lvv_mL").all()
    assert (frames["state.state"] == RUNNING).all()
    assert_sound(rig, frames)


@pytest.mark.parametrize("value", [1.0, 0.5, np.nan])
def test_emergency_stop_is_safe_in_the_same_tick(running, fault, declared, value):
    """Open, neither open nor closed, and unreadable: only a chain that is surely closed counts as closed."""
    rig = running
    fault.force("in.estop", value)
    wanted = 1 if value == value else SAFE_WITHIN_TICKS
    frames = ticks(rig, 50)
    assert (frames["state.state"][wanted - 1 :] == SAFE).all()
    assert_safe(frames[frames["state.state"] == SAFE], declared)


def test_emergency_stop_chain_that_cannot_be_read(running, fault):
    rig = running
    fault("in.estop", "off")
    assert (ticks(rig, 50)["state.state"][SAFE_WITHIN_TICKS:] == SAFE).all()


def test_failed_read_is_safe_in_the_same_tick(running, fault, declared):
    rig = running
    fault("read", "off", duration_s=rig.period_s)
    frames = ticks(rig, 20)
    assert (frames["state.state"] == SAFE).all()
    assert rig.latched == ("rig_error",)
    assert frames["state.rig_error"][0] < 0
    assert_safe(frames, declared)
    assert_sound(rig, frames)


def test_failed_write_makes_safe_in_the_same_tick(running, fault, declared):
    """The outputs of that tick did not arrive, so the rig itself is told to make safe; the machine follows one tick later."""
    rig = running
    fault("write", "off", duration_s=rig.period_s)
    frames = ticks(rig, 20)
    assert (frames["state.state"][1:] == SAFE).all()
    assert rig.latched == ("rig_error",)
    assert_safe(frames[1:], declared)


@pytest.mark.needs("impella")
def test_silent_supervisor_ramps_down_then_trips(running, fault, declared):
    """0.5 s without a heartbeat: a ramp down. 2 s: a trip. The pump never stops across the valve meanwhile."""
    rig = running
    ramp_s, trip_s = rig.value("guard.heartbeat_ramp_s"), rig.value("guard.heartbeat_trip_s")
    begin = rig.tick
    fault.silence_supervisor(3.0)
    frames = rig.frames(3.0)
    since_s = (frames["time.tick"] - begin + 1) * rig.period_s
    slack_s = 0.1 + 2 * rig.period_s  # the last heartbeat was up to a slice before the silence
    assert (frames["state.state"][since_s <= ramp_s - slack_s] == RUNNING).all()
    assert (frames["state.state"][since_s > ramp_s + 2 * rig.period_s] != RUNNING).all()
    assert (frames["state.state"][since_s <= trip_s - slack_s] != SAFE).all()
    assert (frames["state.state"][since_s > trip_s + 2 * rig.period_s] == SAFE).all()
    assert rig.latched == ("heartbeat_lost",)
    assert_safe(frames[frames["state.state"] == SAFE], declared)
    assert (frames["out.pump_speed_rpm"] >= declared("safe")["out.pump_speed_rpm"]).all()


@pytest.mark.needs("iabp")
def test_silent_supervisor_leaves_the_balloon_deflated(rig, fault):
    rig.set("iabp.enabled", True)
    rig.start()
    rig.advance(8.0)
    fault.silence_supervisor(3.0)
    frames = rig.frames(3.0)
    late = frames["time.t_s"] > frames["time.t_s"][0] + rig.value("guard.heartbeat_ramp_s") + 0.01
    assert (frames["out.valve_pressure"][late] == 0.0).all()
    assert rig.state == "SAFE"
    assert rig.latched == ("heartbeat_lost",)


def test_a_late_supervisor_that_comes_back_has_to_start_again(running, fault):
    rig = running
    fault.silence_supervisor(1.0)
    rig.advance(3.0)
    assert rig.state in ("ARMED", "IDLE")
    assert rig.latched == ()


def test_events_say_what_was_injected_and_what_came_of_it(running, fault):
    rig = running
    fault.open_estop()
    ticks(rig, 5)
    told = [(e.kind, e.priority) for e in rig.events if e.kind in ("fault", "alarm")]
    assert told == [("fault", "info"), ("alarm", "high")]
