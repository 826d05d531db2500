"""The whole chain in virtual time: loop, real NI rig, real nidaqmx, stand-in driver, simulated card, plant."""

import asyncio

import numpy as np
import pytest

from controller.config.experiment import load_experiment
from controller.session.assemble import assemble
from controller.session.errors import NotArmed
from rigs.nidaq.terminal import terminal

SETS = ["iabp.enabled=on", "pump.device=none"]


def session_of(realtime=False, **how):
    experiment = load_experiment(bench=how.get("bench", "simulated-wires"), patient="cardiogenic-shock", sets=SETS)
    session = assemble(experiment, seed=3, realtime=realtime)
    session.cards, session.drive = session.loop.rig.base.bench, session.loop.rig.devices[0].hosted
    session.said = []
    session.listen(session.said.append)
    return session


async def running(session, ticks):
    """Opens, arms, starts and runs; the frames of it all."""
    frames = []
    await session.open()
    await session.arm()
    await session.start()
    begin = session.tick
    while session.tick < begin + ticks:
        frames.append((await session.advance(begin + ticks)).frames)
    return np.concatenate(frames)


def test_what_the_tick_sees_is_the_plant_through_its_sensors_and_the_converter():
    session = session_of()
    try:
        frames = asyncio.run(running(session, 8000))
    finally:
        session.close()
    error = frames["in.aop_mmHg"] - frames["plant.aop_mmHg"]
    assert np.abs(error).max() < 8.0  # a 40 Hz line and its noise
    assert np.std(error) < 3.0
    assert np.ptp(frames["in.aop_mmHg"]) > 20.0
    assert set(np.unique(frames["in.estop"])) == {0.0}
    assert np.ptp(frames["plant.balloon_mL"]) > 20.0  # the valves' lines move the balloon


def test_two_runs_give_the_same_bits():
    found = []
    for _ in range(2):
        session = session_of()
        try:
            found.append(asyncio.run(running(session, 1000)))
        finally:
            session.close()
    first, second = found
    for name in ("in.aop_mmHg", "in.ecg_mV", "out.valve_vacuum", "plant.aop_mmHg", "plant.balloon_mL"):
        assert np.array_equal(first[name], second[name], equal_nan=True), name


def test_a_driver_error_makes_safe_in_the_same_tick_and_is_shown_in_the_drivers_words():
    session = session_of()

    async def go():
        await running(session, 500)
        session.cards.fail(2, -200279)  # the next analog read: the wait for the sample clock comes first
        return (await session.advance(session.tick + 3)).frames

    try:
        frames = asyncio.run(go())
        assert list(frames["state.rig_error"][:1]) == [-200279.0]
        assert frames["state.state"][0] == 5.0  # SAFE
        assert (frames["out.valve_pressure"][0], frames["out.valve_vacuum"][0]) == (0.0, 1.0)
        assert session.cards.outputs()["valve_vacuum"] == 1.0
        alarm = next(event for event in session.said if event.kind == "alarm")
        assert "rig_error (first)" in alarm.text
        assert "-200279: DAQmxReadAnalogF64: SIMULATED driver: Injected error" in alarm.text
    finally:
        session.close()


@pytest.mark.parametrize("realtime", [False, True])
def test_a_sample_clock_that_fails_ends_in_safe(realtime):
    session = session_of(realtime)

    async def go():
        await session.open()
        await session.arm()
        session.cards.fail(1, -209803, count=1 << 40)  # every call from now on: the card is gone
        frames = [(await session.advance(session.tick + 20)).frames for _ in range(2)]
        session.cards.fail(0, -1)  # and back again, before the core gives up (100 ticks)
        frames += [(await session.advance(session.tick + 20)).frames for _ in range(2)]
        return np.concatenate(frames)

    try:
        frames = asyncio.run(go())
        failed = np.flatnonzero(frames["state.rig_error"] == -209803)
        assert len(failed) > 1  # the tick goes on without the card
        assert np.all(frames["state.state"][failed] >= 5.0)
        assert session.cards.outputs()["valve_vacuum"] == 1.0  # safe as soon as the card takes it
        assert "DAQmx" in next(event for event in session.said if event.kind == "alarm").text
    finally:
        session.close()


def test_after_a_reset_the_bench_can_be_armed_again():
    session = session_of()

    async def go():
        await running(session, 200)
        session.cards.fail(2, -200279)
        await session.advance(session.tick + 200)
        await session.reset()
        await session.arm()
        return session.state

    try:
        assert asyncio.run(go()) == "ARMED"
    finally:
        session.close()


def test_the_watchdog_line_stands_still_after_a_trip():
    session = session_of()
    line = terminal("Dev1/port0/line7")

    async def levels(count):
        seen = []
        for _ in range(count):
            await session.advance(session.tick + 1)
            seen.append(session.cards.level(line))
        return seen

    async def go():
        await running(session, 20)
        alive = await levels(10)
        session.trip("a test")
        await session.advance(session.tick + 1)
        return alive, await levels(10)

    try:
        alive, tripped = asyncio.run(go())
        assert alive == [alive[0], not alive[0]] * 5
        assert len(set(tripped)) == 1
    finally:
        session.close()


def test_a_bench_without_a_watchdog_refuses_to_arm_unless_the_file_says_so(tmp_path):
    from controller.config.find import shipped

    text = (shipped() / "benches" / "simulated-wires.toml").read_text(encoding="utf-8")
    before, _, rest = text.partition("[watchdog]\n")
    after = "\n".join(line for line in rest.split("\n") if not line.startswith(("line =", "card_timeout_ms")))
    reasons = []
    for said in ("", "allow_no_watchdog = true\n"):
        file = tmp_path / "bench.toml"
        file.write_text(before + "[watchdog]\n" + said + after, encoding="utf-8")
        session = session_of(bench=str(file))

        async def go(session=session):
            await session.open()
            await session.arm()

        try:
            asyncio.run(go())
            reasons.append("")
        except NotArmed as refused:
            reasons.append(str(refused))
        finally:
            session.close()
    assert "has no watchdog: if this computer hangs, its outputs stay as they are" in reasons[0]
    assert reasons[1] == ""


@pytest.mark.parametrize("timing", ["hardware", "on-demand"])
def test_in_real_time_the_plant_keeps_up_with_the_clock(tmp_path, timing):
    from controller.config.find import shipped

    text = (shipped() / "benches" / "simulated-wires.toml").read_text(encoding="utf-8")
    file = tmp_path / "bench.toml"
    file.write_text(text.replace('timing = "hardware"', f'timing = "{timing}"'), encoding="utf-8")
    session = session_of(realtime=True, bench=str(file))

    async def go():
        await session.open()
        for _ in range(10):
            await session.advance()

    try:
        asyncio.run(go())
    finally:
        session.close()
    loop = session.loop
    preflight = 200 if timing == "hardware" else 0
    assert loop.tick > 100
    assert round(session.cards.passed_s * 1e3) >= loop.tick + preflight
    if timing == "on-demand":
        assert round(session.cards.passed_s * 1e3) == loop.tick + loop.missed
