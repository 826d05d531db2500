"""Heartbeat, STOP, deadlines, timers, and requests in the tick."""

import numpy as np
import pytest

from cext.tables.load import STATES


def entered(frames, state):
    hit = np.flatnonzero(frames["state.state"] == STATES.index(state))
    return int(frames["time.tick"][hit[0]]) if len(hit) else None


def last_beat(made):
    """The tick that saw the last heartbeat."""
    made.loop.commands.heartbeat()
    made.run(1, alive=False)
    return made.loop.tick - 1


PUMPING = {"pump.level": "P-8", "pump.ramp_rpm_s": 50000.0}


def test_a_silent_supervisor_ramps_down_after_500_ms_and_trips_after_2_s(bench, scripted, declared):
    made = bench(scripted(10), values_set=PUMPING | {"guard.stop_ramp_s": 0.5})
    made.start()
    made.run(4000)
    begin = last_beat(made)
    frames = made.run(2500, alive=False)
    assert entered(frames, "STOPPING") - begin == pytest.approx(500, abs=1)
    assert entered(frames, "SAFE") - begin == pytest.approx(2000, abs=1)
    assert entered(frames, "IDLE") is None, "rest would stop the pump"
    assert made.latched == ("heartbeat_lost",)
    before_trip = frames[frames["time.tick"] == begin + 1900]
    assert before_trip["out.pump_speed_rpm"][0] == declared("standby")["pump_speed_rpm"], "ramped down by then"


def test_armed_and_silent_trips_too(bench, scripted):
    made = bench(scripted(10))
    made.arm()
    begin = last_beat(made)
    frames = made.run(2500, alive=False)
    assert entered(frames, "SAFE") - begin == pytest.approx(2000, abs=1)


def test_a_silent_supervisor_cannot_start(bench, scripted):
    made = bench(scripted(10))
    made.arm()
    made.run(600, alive=False)
    made.loop.commands.send(kind_of("start"))  # a request that was on its way when the supervisor died
    made.run(1, alive=False)
    assert made.state == "ARMED"


def test_a_silent_supervisor_cannot_arm(bench, scripted):
    made = bench(scripted(10))
    made.run(60)
    made.run(3000, alive=False)
    made.loop.commands.send(kind_of("arm"))
    made.run(1, alive=False)
    assert made.state == "IDLE"


def kind_of(name):
    from cext.loop import REQUESTS

    return REQUESTS[name]


def test_a_request_is_a_sign_of_life(bench, scripted):
    """A supervisor that was busy for a second while IDLE, and now arms, is not dead."""
    made = bench(scripted(10))
    made.run(60)
    made.run(1000, alive=False)
    made.loop.request("arm")
    made.run(1, alive=False)
    assert made.state == "ARMED"


def test_silence_while_idle_trips_nothing(bench, scripted):
    made = bench(scripted(10))
    made.run(60)
    made.run(5000, alive=False)
    assert made.state == "IDLE"


@pytest.mark.parametrize("request_", ["arm", "start", "reset", "disarm", "stop"])
@pytest.mark.parametrize("state", ["IDLE", "ARMED", "RUNNING", "SAFE"])
def test_a_held_stop_wins(bench, scripted, state, request_):
    made = bench(scripted(10))
    {"IDLE": lambda: made.run(60), "ARMED": made.arm, "RUNNING": made.start, "SAFE": made.start}[state]()
    if state == "SAFE":
        made.loop.request("trip")
        made.run(1)
    made.loop.commands.hold_stop(True)
    for _ in range(5):
        made.loop.request(request_)
        made.run(200)
    made.run(4000)
    assert made.state == ("SAFE" if state == "SAFE" else "IDLE")
    assert made.latched == (("trip_request",) if state == "SAFE" else ()), "the reason stays until the reset that leads out"


def test_a_press_between_two_ticks_is_seen(bench, scripted):
    made = bench(scripted(10))
    made.start()
    made.loop.commands.hold_stop(True)
    made.loop.commands.hold_stop(False)
    made.run(1)
    assert made.state == "STOPPING"


def test_a_trip_demand_does_not_queue(bench, scripted):
    """Behind 200 settings a trip is still in force in the next tick, and a full queue does not keep it out."""
    made = bench(scripted(10))
    made.start()
    for _ in range(200):
        made.set("iabp.internal_bpm", 80.0)
    made.loop.request("trip")
    made.run(1)
    assert made.state == "SAFE"


def test_a_trip_demand_passes_a_full_queue(bench, scripted):
    from cext.commands import CAPACITY, CommandsFull

    made = bench(scripted(10))
    made.start()
    for _ in range(CAPACITY):
        made.set("iabp.internal_bpm", 80.0)
    with pytest.raises(CommandsFull):
        made.set("iabp.internal_bpm", 80.0)
    made.loop.request("trip")
    made.run(1)
    assert made.state == "SAFE"


def test_four_commands_a_tick_in_order(bench, scripted):
    made = bench(scripted(10))
    numbers = [made.loop.set("iabp.internal_bpm", 60.0 + i) for i in range(10)]
    for ticks in (1, 2, 3):
        made.run(1)
        assert made.loop.commands.acknowledged == numbers[min(4 * ticks, 10) - 1]
    assert made.loop.values()["iabp.internal_bpm"] == 69.0


@pytest.mark.parametrize(
    ("path", "value"), [("iabp.assist", -1.0), ("iabp.assist", 8.0), ("pump.level", 99.0), ("iabp.enabled", 2.0),
                        ("iabp.internal_bpm", 39.0), ("pump.speed_rpm", 1e9), ("guard.arm_timeout_s", 0.0)],
)  # fmt: skip
def test_a_setting_out_of_range_never_reaches_the_tick(bench, scripted, path, value):
    made = bench(scripted(10))
    before = made.loop.values()[path]
    with pytest.raises(ValueError, match=path):
        made.loop.set(path, value)
    made.run(2)
    assert made.loop.values()[path] == before


def test_only_requests_can_be_sent_as_edges(bench, scripted):
    """A condition that the guard itself finds (ready, ramped_down …) cannot be claimed from outside."""
    made = bench(scripted(10))
    number = made.loop.commands.send(0)  # ready
    made.run(3)
    assert made.state == "INIT"
    assert made.loop.commands.verdict(number) != 0


def test_more_ramps_than_ever_at_once(bench, scripted):
    from cext.tables.load import settings

    made = bench(scripted(10))
    floats = [s for s in settings().values() if s.kind == "float"]
    assert len(floats) > 16
    for some in range(0, len(floats), 40):
        for setting in floats[some : some + 40]:
            made.loop.set(setting.path, setting.high, 0.5)
        made.run(20)
    made.run(520)
    assert {s.path: made.loop.values()[s.path] for s in floats} == {s.path: s.high for s in floats}


def test_a_ramp_is_a_straight_line_from_the_value_in_force(bench, scripted):
    made = bench(scripted(10), values_set={"iabp.internal_bpm": 60.0})
    made.loop.set("iabp.internal_bpm", 100.0, 0.4)
    seen = []
    for _ in range(402):
        made.run(1)
        seen.append(made.loop.values()["iabp.internal_bpm"])
    np.testing.assert_allclose(seen, np.minimum(60.0 + 0.1 * np.arange(402), 100.0), atol=1e-9)
    made.loop.set("iabp.internal_bpm", 50.0, 1.0)
    made.run(500)
    made.loop.set("iabp.internal_bpm", 90.0)
    made.run(600)
    assert made.loop.values()["iabp.internal_bpm"] == 90.0, "a plain value ends the ramp"


def test_armed_for_too_long_goes_back_to_idle(bench, scripted):
    made = bench(scripted(10), values_set={"guard.arm_timeout_s": 1.0})
    made.arm()
    begin = made.loop.tick
    frames = made.run(1200)
    assert entered(frames, "IDLE") - begin == pytest.approx(1000, abs=2)


def test_a_stop_ends_when_ramped_down_or_when_its_time_is_over(bench, scripted):
    made = bench(scripted(10), values_set=PUMPING)
    made.start()
    made.run(4000)
    begin = made.loop.tick
    made.loop.request("stop")
    frames = made.run(3500)
    armed = entered(frames, "ARMED") - begin
    assert 640 < armed < 670, "13 000 rpm at 20 000 rpm/s, the slew of the output"
    slow = {"pump_speed_rpm": {"low": 0.0, "high": 50000.0, "rest": 0.0, "standby": 0.0, "safe": 0.0, "slew_per_s": 2000.0}}
    made = bench(scripted(10), values_set=PUMPING, outputs=slow)
    made.start()
    made.run(24000)
    begin = made.loop.tick
    made.loop.request("stop")
    frames = made.run(3500)
    assert entered(frames, "ARMED") - begin == pytest.approx(3000, abs=2)


TRIPS = {"overrun_trips": True, "overrun_limit": 2}


class TestOverrun:
    """Missed deadlines of a bench that trips on them."""

    def lag(self, made, periods):
        """The next wake-up comes `periods` whole periods late."""
        made.clock.lag(periods)
        made.run(1)

    def test_what_was_missed_before_arming_does_not_count(self, bench, scripted):
        made = bench(scripted(10), spec=TRIPS)
        made.run(60)
        self.lag(made, 50)
        made.arm()
        made.run(10)
        assert made.state == "ARMED"

    def test_more_than_the_limit_trips_in_that_tick(self, bench, scripted):
        made = bench(scripted(10), spec=TRIPS)
        made.start()
        self.lag(made, 2)
        assert made.state == "RUNNING"
        self.lag(made, 1)
        assert made.state == "SAFE"
        assert made.latched == ("overrun",)

    def test_after_a_reset_the_count_begins_anew(self, bench, scripted):
        made = bench(scripted(10), spec=TRIPS)
        made.start()
        self.lag(made, 5)
        made.run(2)
        made.loop.request("reset")
        made.run(2)
        assert made.state == "INIT"
        made.arm()
        made.run(10)
        assert made.state == "ARMED"

    def test_a_bench_that_counts_does_not_trip(self, bench, scripted):
        made = bench(scripted(10))
        made.start()
        self.lag(made, 500)
        assert made.state == "RUNNING"
        assert made.latest()["time.missed"] == 500
