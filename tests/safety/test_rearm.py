"""Out of SAFE and back to work: a reset edge, a new self-test, and no bump."""

import numpy as np
import pytest

from cext.tables.load import STATES, inputs

IN = [signal.path[3:] for signal in inputs()]


def tripped(bench, table, **kwargs):
    made = bench(table, **kwargs)
    made.start()
    made.loop.request("trip")
    made.run(1)
    assert made.state == "SAFE"
    return made


def test_only_a_reset_edge_leads_out_and_then_the_self_test_runs_again(bench, scripted, declared):
    made = tripped(bench, scripted(10))
    for request in ("arm", "start", "stop", "disarm"):
        made.loop.request(request)
        made.run(5)
        assert made.state == "SAFE"
    made.loop.request("reset")
    frames = made.run(60)
    states = frames["state.state"].astype(int)
    assert (states[:50] == STATES.index("INIT")).all(), "every required input good for 50 ticks again"
    assert states[50] == STATES.index("IDLE")
    assert made.wires()[made.loop.tick - 1] == declared("rest")
    assert made.latched == ()


def test_a_reset_while_the_cause_is_there_does_nothing(bench, scripted):
    table = scripted(400)
    table[100:200, IN.index("aop_mmHg")] = 260.0
    made = bench(table)
    made.start()
    made.run(150 - made.loop.tick)
    made.loop.request("reset")
    made.run(100)
    assert made.state == "SAFE", "a reset is an edge: one given too early is forgotten"
    assert made.latched == ("pressure_high",)
    made.loop.request("reset")
    made.run(1)
    assert made.state == "INIT"


def test_a_lost_input_must_be_good_for_100_ticks_before_a_reset(bench, scripted):
    table = scripted(1000)
    table[100:120, IN.index("aop_mmHg")] = np.nan
    made = bench(table)
    made.start()
    made.run(219 - made.loop.tick)
    made.loop.request("reset")
    made.run(1)  # tick 219: good since 120, the hundredth good tick
    assert made.state == "INIT"
    made = bench(table)
    made.start()
    made.run(218 - made.loop.tick)
    made.loop.request("reset")
    made.run(1)
    assert made.state == "SAFE"


def test_the_first_trip_is_named(bench, scripted):
    from cext.tables.load import conditions

    table = scripted(400)
    table[100:, IN.index("aop_mmHg")] = 260.0
    table[110:, IN.index("estop")] = 1.0
    made = bench(table)
    made.start()
    made.run(200)
    assert set(made.latched) == {"pressure_high", "estop"}
    first = int(made.latest()["state.first_trip"]) - 1
    assert conditions()[first].name == "pressure_high"


@pytest.mark.parametrize("measured", [0.0, 12000.0, 30500.0])
def test_the_first_command_after_a_trip_starts_from_the_measured_speed(bench, scripted, measured):
    """The drive coasts down while the operator resets and arms: the first command lies within a slew step of that."""
    made = tripped(bench, scripted(10, pump_speed_rpm=measured))
    made.loop.request("reset")
    made.run(60)
    made.loop.request("arm")
    frames = made.run(200)
    speed = frames["out.pump_speed_rpm"]
    assert abs(speed[0] - measured) <= 20.0
    assert (np.abs(np.diff(speed)) <= 20.0 + 1e-9).all()
    made.loop.request("start")
    assert abs(made.run(1)["out.pump_speed_rpm"][0] - speed[-1]) <= 20.0


@pytest.mark.parametrize("measured", [49000.0, -100.0, np.nan])
def test_a_wrong_speed_reading_cannot_start_the_pump_fast(bench, scripted, measured):
    made = bench(scripted(10, pump_speed_rpm=measured))
    frames = made.arm()
    assert frames["out.pump_speed_rpm"].max() <= 31000.0
    assert frames["out.pump_speed_rpm"].min() >= 0.0


def test_start_after_arming_gives_no_bump(bench, scripted):
    made = bench(scripted(10), values_set={"pump.level": "P-8", "pump.ramp_rpm_s": 4000.0})
    made.arm()
    made.run(3000)
    before = made.latest()["out.pump_speed_rpm"]
    made.loop.request("start")
    speed = made.run(500)["out.pump_speed_rpm"]
    assert before == 31000.0
    assert speed[0] == before, "the law was asked before the state changed"
    np.testing.assert_allclose(np.diff(speed), 4.0, atol=1e-6)


def test_a_pump_that_turns_faster_than_standby_is_taken_over_where_its_safe_speed_is_higher(bench, scripted):
    """Safe 36000 rpm above standby 31000: a drive found at 34000 is slowed down from there, not from standby."""
    rows = {name: dict(row) for name, row in bench.OUTPUTS.items()}
    rows["pump_speed_rpm"]["safe"] = 36000.0
    speed = bench(scripted(10, pump_speed_rpm=34000.0), outputs=rows).arm()["out.pump_speed_rpm"]
    turning = speed[speed > 0.0]
    assert abs(turning[0] - 34000.0) <= 20.0
    assert (np.diff(turning) <= 0.0).all() and turning[-1] >= 31000.0
