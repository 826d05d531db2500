"""The k-th call of the driver fails once, k = 1, 2, … until a run completes clean: never an unsafe output, never a hang.

A run: open (survey, tasks, preflight), self-test, arm, start, a few beats' worth of ticks, close.
"""

import asyncio
import gc

import numpy as np
import pytest

from controller.config.experiment import load_experiment
from controller.session.assemble import assemble
from controller.session.errors import NotArmed, SessionEnded
from rigs import registry

CODE = -200714
TICKS = 20
AT_REST = {"valve_pressure": 0.0, "valve_vacuum": 0.0}
SAFE = AT_REST | {"valve_vacuum": 1.0}


@pytest.fixture
def experiment(monkeypatch):
    """The shipped bench, with a preflight of 2 rounds: the other 198 are the same calls again."""
    from rigs.nidaq.driver import Driver
    from rigs.nidaq.rig import NidaqRig

    registry.kinds()  # registers what is built in

    def short(inputs, outputs, devices, seed, period_s, tables):
        from rigs.builtin import _drives, _with_drives, virtual
        from rigs.nidaq.wiring import wiring
        from rigs.simdaq.bench import SimulatedBench
        from rigs.simdaq.loading import load
        from rigs.simdaq.wires import SimulatedWires

        driver: Driver = load()
        wires = wiring(inputs, outputs, tables)
        drives = _drives(inputs, outputs, tables, period_s)
        plant = virtual(inputs, outputs, devices, seed, period_s, tables)
        bench = SimulatedBench(driver, wires, plant, period_s, drives=drives)
        return _with_drives(SimulatedWires(NidaqRig(wires, driver, period_s, 2), bench, period_s), drives)

    monkeypatch.setitem(registry._FACTORIES, "simulated-wires", short)
    return load_experiment(bench="simulated-wires", patient="cardiogenic-shock", sets=["iabp.enabled=on"])


async def run(session, seen):
    await session.open()
    await session.arm()
    await session.start()
    seen.append("running")
    seen.append((await session.advance(session.tick + TICKS)).frames)


def once(experiment, k):
    """One run whose k-th call fails: what was seen, how it ended, what lies on the wires, the calls made."""
    session = assemble(experiment, seed=1)
    bench = session.loop.rig.base.bench
    bench.fail(k, CODE) if k else None
    seen, ended = [], "clean"
    try:
        asyncio.run(run(session, seen))
    except (OSError, NotArmed, SessionEnded) as error:
        ended = str(error)
    state = session.state
    try:
        session.close()
    except OSError as error:
        ended = str(error)
    gc.collect()  # a task that nobody closed warns when it is collected: here, not in another test
    return seen, ended, state, bench.outputs(), bench.calls


def judge(experiment, k, total):
    seen, ended, state, outputs, calls = once(experiment, k)
    was_running = "running" in seen
    assert outputs == (SAFE if was_running else AT_REST) or outputs == SAFE, (k, ended, outputs)
    if not was_running and state in ("INIT", "IDLE"):
        assert outputs == AT_REST, (k, ended)
    for frames in seen[1:]:
        assert not np.any((frames["out.valve_pressure"] > 0) & (frames["out.valve_vacuum"] > 0)), k
        failed = np.flatnonzero(frames["state.rig_error"] == CODE)
        if len(failed):
            assert np.all(frames["state.state"][failed[0] :] >= 5.0), k
            assert np.all(frames["out.valve_pressure"][failed[0] :] == 0.0), k
    if ended != "clean" and "self-test" not in ended and "arming" not in ended:
        assert str(CODE) in ended or "Injected error" in ended, (k, ended)
    return calls >= k and calls > total // 4


def test_a_clean_run_says_nothing(experiment):
    seen, ended, _, outputs, calls = once(experiment, 0)
    assert (ended, outputs) == ("clean", SAFE)
    assert len(seen[1]) == TICKS
    assert calls > 300


def test_every_call_of_opening_and_every_seventh_after_it(experiment):
    total = once(experiment, 0)[4]
    opening = 160
    for k in [*range(1, opening), *range(opening, total - 25, 7), *range(total - 25, total + 1)]:
        judge(experiment, k, total)


@pytest.mark.slow
def test_every_call(experiment):
    total = once(experiment, 0)[4]
    for k in range(1, total + 1):
        judge(experiment, k, total)
