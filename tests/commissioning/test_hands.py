"""Outputs by hand: behind every gate of the core, safe when let go, when late, when tripped, and when the program ends."""

import asyncio

import numpy as np
import pytest

from cext.law import LAW_ABI
from cext.laws.direct import DirectLaw
from controller.commissioning.hands import RENEW_S, Hands
from controller.config.experiment import load_experiment
from controller.session.errors import NotArmed, SessionEnded

SAFE = {"valve_pressure": 0.0, "valve_vacuum": 1.0, "pump_speed_rpm": 0.0, "pump_enable": 0.0}


@pytest.fixture
def hands():
    made = Hands(load_experiment(None, bench="virtual"), realtime=False)
    yield made
    made.close()


def play(hands, work, arm=True):
    async def main():
        await hands.open()
        if arm:
            await hands.arm()
        return await work()

    return asyncio.run(main())


def outputs(frame):
    return {name: float(frame[f"out.{name}"]) for name in SAFE}


def test_before_arming_a_hand_moves_nothing(hands):
    async def work():
        return await hands.pass_s(0.1, {"valve_pressure": 1.0})

    frames = play(hands, work, arm=False)
    assert (frames["out.valve_pressure"] == 0.0).all() and (frames["cmd.valve_pressure"] == 0.0).all()


def test_what_is_held_goes_out_with_what_goes_with_it_and_nothing_else_moves(hands):
    async def work():
        return [
            await hands.pass_s(0.1, held)
            for held in ({"valve_pressure": 1.0}, {"pump_speed_rpm": 20000.0}, {"valve_vacuum": 0.0})
        ]

    ends = [outputs(frames[-1]) for frames in play(hands, work)]
    assert ends == [
        SAFE | {"valve_pressure": 1.0, "valve_vacuum": 0.0},
        SAFE | {"pump_speed_rpm": 20000.0, "pump_enable": 1.0},
        SAFE | {"valve_vacuum": 0.0},
    ]


def test_a_release_is_in_force_in_the_next_tick(hands):
    async def work():
        await hands.pass_s(0.1, {"valve_pressure": 1.0})
        hands.release()
        return await hands.pass_s(0.1)

    frames = play(hands, work)
    assert outputs(frames[0]) == SAFE


def test_a_hold_that_is_not_renewed_ends_in_its_tick_whatever_became_of_its_holder(hands):
    async def work():
        hands.hold({"valve_pressure": 1.0}, 70)
        return await hands.pass_s(0.2)

    frames = play(hands, work)
    assert np.flatnonzero(frames["out.valve_pressure"] > 0.0).tolist() == list(range(70))
    assert outputs(frames[70]) == SAFE


def test_a_supervisor_that_falls_silent_is_let_go_of_before_the_heartbeat_acts(hands):
    async def work():
        await hands.pass_s(0.05, {"valve_pressure": 1.0})
        tick = hands.session.tick
        hands.session.loop.run(tick + 450)  # the loop goes on, nobody looks
        return tick, (await hands.pass_s(0.001))

    tick, frames = play(hands, work)
    (released,) = np.flatnonzero(np.diff((frames["out.valve_pressure"] > 0).astype(int)) == -1) + 1
    assert frames["time.tick"][released] <= tick + RENEW_S * 1000


def test_both_valves_are_never_open_even_by_hand(hands):
    async def work():
        hands.law.hold({"valve_pressure": 1.0, "valve_vacuum": 1.0}, hands.session.tick + 100)
        return await hands.pass_s(0.1)

    frames = play(hands, work)
    assert not ((frames["out.valve_pressure"] > 0) & (frames["out.valve_vacuum"] > 0)).any()


def test_beyond_its_range_a_hand_is_refused_and_the_gate_limits_what_gets_by(hands):
    async def work():
        with pytest.raises(ValueError, match=r"output pump_speed_rpm = 90000 is refused: allowed is 0 to 55000"):
            hands.hold({"pump_speed_rpm": 90000.0}, 10)
        with pytest.raises(ValueError, match="output nonsense: this bench has valve_pressure"):
            hands.hold({"nonsense": 1.0}, 10)
        hands.law.hold({"pump_speed_rpm": 90000.0}, hands.session.tick + 50)
        return await hands.pass_s(0.1)

    assert play(hands, work)["out.pump_speed_rpm"].max() == 55000.0


def test_a_trip_wins_over_a_hand_and_ends_the_procedure(hands):
    async def work():
        await hands.pass_s(0.05, {"pump_speed_rpm": 20000.0})
        hands.session.trip("a test")
        with pytest.raises(SessionEnded, match="SAFE: trip_request; nothing is held any more"):
            await hands.pass_s(0.2, {"pump_speed_rpm": 20000.0})
        return hands.session.latest

    assert outputs(play(hands, work)) == SAFE


def test_a_value_that_is_no_number_is_refused():
    with pytest.raises(ValueError, match="must be finite"):
        DirectLaw().hold({"valve_pressure": float("nan")}, 5)
    with pytest.raises(KeyError, match="there is no output nonsense"):
        DirectLaw().hold({"nonsense": 1.0}, 5)
    assert DirectLaw().abi == LAW_ABI


def test_held_stop_is_a_reason_against_arming(hands):
    async def work():
        hands.session.hold_stop(True)
        await hands.session.advance()
        with pytest.raises(NotArmed, match="STOP is held: release it"):
            await hands.session.arm()

    play(hands, work, arm=False)
