"""What reaches the actuators: in which tick, after which error, and what the watchdog line does meanwhile."""

import numpy as np
import pytest

AT = 200
READ, WRITE, SAFE, FEED = range(4)


def failing(ticks, what, begin, end=None):
    codes = np.zeros((ticks, 4), int)
    codes[begin : end or ticks, what] = -5
    return codes


def test_a_trip_puts_the_safe_values_out_by_write_and_by_make_safe(bench, scripted, declared):
    made = bench(scripted(300))
    made.start()
    made.loop.request("trip")
    tick = made.loop.tick
    made.run(5)
    assert made.wires()[tick] == declared("safe")
    assert list(made.calls("make_safe")["tick"]) == [tick]
    assert made.latched == ("trip_request",)


def test_a_trip_before_arming_energises_nothing(bench, scripted, declared):
    """docs/adr/0003: rest values, by write and by make_safe alike."""
    made = bench(scripted(300))
    made.run(60)
    made.loop.request("trip")
    made.run(20)
    assert made.state == "SAFE"
    assert set(map(str, made.wires().values())) == {str(declared("rest"))}
    assert (made.rig.calls["wire"] == 0.0).all(), "not even within a tick"


def test_closing_a_bench_that_was_disarmed_energises_nothing(bench, scripted, declared):
    made = bench(scripted(300))
    made.arm()
    made.loop.request("disarm")
    made.run(3)
    made.rig.close()
    assert made.wires()[made.loop.tick - 1] == declared("rest")


def test_closing_a_running_bench_makes_safe(bench, scripted, declared):
    made = bench(scripted(300))
    made.start()
    made.rig.close()
    assert made.wires()[made.loop.tick - 1] == declared("safe")


@pytest.mark.parametrize("what", [WRITE, FEED])
def test_a_failed_call_makes_safe_in_the_same_tick(bench, scripted, declared, what):
    made = bench(scripted(300), codes=failing(300, what, AT))
    made.start()
    made.run(AT - made.loop.tick + 3)
    assert made.wires()[AT] == declared("safe")
    assert made.state == "SAFE"
    assert made.latched == ("rig_error",)


def test_a_write_that_fails_before_arming_energises_nothing(bench, scripted):
    made = bench(scripted(300), codes=failing(300, WRITE, 10))
    made.run(50)
    assert (made.rig.calls["wire"] == 0.0).all()
    assert made.state == "SAFE"


def test_make_safe_is_tried_every_tick_until_it_is_done(bench, scripted, declared):
    codes = failing(400, SAFE, AT, AT + 30) + failing(400, WRITE, AT)
    made = bench(scripted(400), codes=codes)
    made.start()
    made.run(AT - made.loop.tick + 60)
    tried = made.calls("make_safe")["tick"]
    assert list(tried[:31]) == list(range(AT, AT + 31))
    assert made.wires()[AT + 30] == declared("safe")
    assert made.state == "SAFE"


def test_a_rig_that_refuses_make_safe_for_100_ticks_ends_in_fault(bench, scripted):
    codes = failing(500, SAFE, AT) + failing(500, WRITE, AT)
    made = bench(scripted(500), codes=codes)
    made.start()
    made.run(AT + 100 - made.loop.tick)
    assert made.state == "SAFE"
    made.run(1)
    assert made.state == "FAULT"
    made.loop.request("reset")
    made.run(50)
    assert made.state == "FAULT"
    assert made.calls("make_safe")["tick"][-1] == made.loop.tick - 1, "still tried"


def test_the_watchdog_line_toggles_every_tick_and_stands_still_after_a_trip(bench, scripted):
    made = bench(scripted(400))
    made.start()
    trip = made.loop.tick
    made.loop.request("trip")
    made.run(20)
    assert list(made.calls("feed_watchdog")["tick"]) == list(range(trip))


def test_the_watchdog_is_not_fed_by_a_tick_whose_write_failed(bench, scripted):
    made = bench(scripted(400), codes=failing(400, WRITE, AT))
    made.start()
    made.run(AT - made.loop.tick + 3)
    assert made.calls("feed_watchdog")["tick"][-1] == AT - 1


def test_both_valves_are_never_open(bench, scripted):
    rows = {
        "valve_pressure": {"low": 0.0, "high": 1.0, "rest": 0.0, "standby": 0.0, "safe": 0.0, "slew_per_s": 5.0},
        "valve_vacuum": {"low": 0.0, "high": 1.0, "rest": 0.0, "standby": 1.0, "safe": 1.0, "slew_per_s": 5.0},
    }
    made = bench(scripted(5000), outputs=rows, values_set={"iabp.enabled": True, "iabp.trigger": "internal"})
    made.start()
    frames = made.run(4000)
    assert (frames["iabp.phase"] == 2).any(), "the balloon was inflated"
    assert not ((frames["out.valve_pressure"] > 0) & (frames["out.valve_vacuum"] > 0)).any()


def test_the_pump_law_does_not_run_ahead_of_a_slow_output(bench, scripted):
    """Limit tells the law (anti-windup): when the level turns, the speed turns with it."""
    slow = {
        "pump_speed_rpm": {"low": 0.0, "high": 50000.0, "rest": 0.0, "standby": 23000.0, "safe": 23000.0, "slew_per_s": 1000.0},
    }
    made = bench(scripted(9000), outputs=slow, values_set={"pump.level": "P-1"})
    made.start()
    made.run(24000)
    made.set("pump.level", "P-8")
    made.run(2000)
    made.set("pump.level", "P-1")
    speed = made.run(100)["out.pump_speed_rpm"]
    assert (np.diff(speed) < 0).all()
