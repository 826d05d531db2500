"""The shipped bench simulated-wires whole: plant, stand-in driver and drive simulator, nidaqmx and pymodbus over a socket, loop."""

import asyncio

import numpy as np
import pytest

from cext.tables.load import STATES
from cext.tables.load import inputs as input_table
from controller import run
from controller.config.experiment import load_experiment
from controller.session.assemble import assemble
from controller.session.errors import NotArmed

SPEED = [s.path for s in input_table()].index("in.pump_speed_rpm")
STALE, DRIVER = 2, 3
MAX_AGE_S = 0.244  # of the shipped bench file


@pytest.fixture
def opened():
    made = []

    def make(realtime=False, **how):
        session = assemble(load_experiment("impella-ramp", bench="simulated-wires"), seed=3, realtime=realtime, **how)
        session.drive = session.loop.rig.devices[0].hosted
        session.said = []
        session.listen(session.said.append)
        made.append(session)
        return session

    yield make
    for session in made:
        session.close()


async def running(session, seconds):
    """The frames from the opening on, `seconds` of RUNNING included."""
    found = []
    session.on_slice(lambda piece: found.append(piece.frames))
    await session.open()
    await session.arm()
    await session.start()
    await on(session, seconds)
    return found


async def on(session, seconds):
    until = session.tick + round(seconds / session.period_s)
    while session.tick < until:
        await session.advance(until)


def test_the_pump_of_the_plant_turns_as_the_drive_says_and_the_loop_sees_it(opened):
    session = opened()

    async def go():
        found = await running(session, 3.0)
        session.set({"pump.level": "P-8"})
        await on(session, 4.0)
        return np.concatenate(found)

    frames = asyncio.run(go())
    at_rest = frames["state.state"] <= STATES.index("IDLE")
    assert np.nanmax(frames["plant.pump_speed_rpm"][at_rest]) == 0.0
    last = frames[-1000:]
    assert last["in.pump_speed_rpm"] == pytest.approx(44000.0, abs=5.0)
    assert last["plant.pump_speed_rpm"].mean() == pytest.approx(44000.0, rel=5e-3)
    assert last["plant.pump_flow_mL_s"].mean() > 30.0
    ages = last["age_s"][:, SPEED]
    assert 0.0 <= ages.min() < ages.max() <= 0.031, "polled 50 times a second"
    assert 0.2 < last["in.pump_current_A"].mean() < 1.2, "the load of the plant, through the drive's register"


def test_two_runs_over_real_sockets_give_the_same_bits(opened):
    runs = []
    for _ in range(2):
        session = opened()
        runs.append(np.concatenate(asyncio.run(running(session, 2.0))))
        session.close()
    first, second = runs
    for name in first.dtype.names:
        if not name.startswith("time."):
            assert np.array_equal(first[name], second[name], equal_nan=True), name


def test_a_drive_in_fault_trips_with_its_words_and_the_card_makes_safe_in_the_same_tick(opened):
    session = opened()

    async def go():
        await running(session, 0.5)
        session.drive.drive.inject("overtemperature")
        await on(session, 0.5)
        assert session.state == "SAFE"
        assert not session.drive.drive.profile.driven, "a drive in fault is not started by a trip"
        await session.reset()
        await session.arm()
        await on(session, 2.0)

    asyncio.run(go())
    alarm = next(event for event in session.said if event.kind == "alarm")
    assert "input_lost (first)" in alarm.text
    assert "drive too hot" in alarm.text
    assert session.loop.rig.base.bench.outputs()["valve_vacuum"] == 1.0
    assert session.latest["in.pump_speed_rpm"] == pytest.approx(31000.0, abs=5.0), "armed again, by a person"


def test_a_drive_that_falls_silent_is_safe_before_it_counts_as_lost(opened):
    session = opened()

    async def go():
        found = await running(session, 0.5)
        session.drive.line.inject("silent")
        silent_from = session.tick
        await on(session, 0.4)
        return np.concatenate(found), silent_from

    frames, silent_from = asyncio.run(go())
    trip = int(np.flatnonzero(frames["state.state"] == STATES.index("SAFE"))[0])
    last_reply = trip - round(frames["age_s"][trip, SPEED] * 1e3)
    assert last_reply >= silent_from - 21
    assert trip - last_reply <= 250, "lost: max(250 ms, 3 x turnaround of 20 ms)"
    assert "no good reply" in next(event for event in session.said if event.kind == "alarm").text


def test_in_real_time_the_same_bench_runs_by_its_own_clocks(opened):
    session = opened(realtime=True)

    async def go():
        try:
            await running(session, 0.5)
        except NotArmed as refused:  # a machine that stands still for a quarter of a second has lost its drive
            assert "no good reply" in str(refused)

    asyncio.run(go())
    assert session.drive.server.requests > 0


@pytest.mark.slow
@pytest.mark.parametrize("protocol", ["impella-ramp", "iabp-weaning"])
def test_a_shipped_protocol_on_wires_judges_as_on_the_virtual_bench(protocol, tmp_path):
    wired, virtual = (
        run(protocol, bench=bench, out=tmp_path / bench, seed=1).summary for bench in ("simulated-wires", "virtual")
    )
    assert not wired["tripped"]
    assert wired["verdict"] == virtual["verdict"]
    assert len(wired["steps"]) == len(virtual["steps"])
    for mine, other in zip(wired["steps"], virtual["steps"], strict=True):
        assert [row["verdict"] for row in mine["limits"]] == [row["verdict"] for row in other["limits"]], mine["name"]
        for metric in ("co_L_min", "map_mmHg"):
            assert mine["metrics"][metric] == pytest.approx(other["metrics"][metric], rel=0.02), (mine["name"], metric)
