"""What must not be combined: refused at arming, undone when it arises mid-run, unless overridden by name."""

import asyncio
import dataclasses

import pytest

from controller.config.experiment import load_experiment
from controller.session.assemble import assemble
from controller.session.errors import NotArmed

REGURGITATION = {"patient.ar_area_cm2": 0.2}


async def armed(override=(), **changes):
    session = assemble(load_experiment("iabp-weaning"))
    heard = []
    session.listen(heard.append)
    await session.open()
    session.set(changes)
    await session.arm(override=override)
    await session.start()
    return session, heard


def test_a_combination_that_arises_mid_run_ends_with_the_balloon_deflated():
    async def main():
        session, heard = await armed(**{"iabp.enabled": True})
        for _ in range(30):
            await session.advance()
        session.set(REGURGITATION)
        for _ in range(3):
            found = await session.advance()
        alarms = [e for e in heard if e.kind == "alarm"]
        values = session.value("iabp.enabled"), float(found.frames["out.valve_pressure"][-1])
        session.close()
        return alarms, values, session.state

    alarms, values, state = asyncio.run(main())
    assert [a.data["condition"] for a in alarms] == ["iabp-in-ar"]
    assert "the balloon is deflated" in alarms[0].text
    assert values == (False, 0.0)
    assert state == "RUNNING"


def test_arming_is_refused_unless_overridden_by_name():
    with pytest.raises(NotArmed, match="aortic regurgitation"):
        asyncio.run(armed(**REGURGITATION, **{"iabp.enabled": True}))
    session, heard = asyncio.run(armed(("iabp-in-ar",), **REGURGITATION, **{"iabp.enabled": True}))
    assert session.value("iabp.enabled") is True
    assert not [e for e in heard if e.kind == "alarm"]
    session.close()


def test_what_is_asked_for_while_armed_is_undone_before_the_start():
    async def main():
        session = assemble(load_experiment("iabp-weaning"))
        await session.open()
        session.set(REGURGITATION)
        await session.arm()
        session.set({"iabp.enabled": True})
        await session.start()
        session.close()
        return session.value("iabp.enabled")

    assert asyncio.run(main()) is False


def test_virtual_time_is_refused_on_a_bench_that_is_not_simulated():
    experiment = load_experiment()
    bench = experiment.bench.model_copy(update={"bench": experiment.bench.bench.model_copy(update={"simulated": False})})
    wired = dataclasses.replace(experiment, bench=bench)
    with pytest.raises(ValueError, match="is hardware"):
        assemble(wired)


def test_a_balloon_pump_is_not_put_on_a_trigger_that_the_bench_cannot_see():
    session = assemble(load_experiment(sets=["iabp.enabled=on"]))
    try:
        with pytest.raises(
            ValueError, match=r"iabp.trigger = sync is refused: the bench has no input sync; allowed is ecg, pressure"
        ):
            session.set({"iabp.trigger": "sync"})
        assert session.value("iabp.trigger") == "ecg"
        session.set({"iabp.trigger": "pressure"})
        session.set({"iabp.enabled": False, "iabp.trigger": "sync"})  # asks for nothing
        with pytest.raises(ValueError, match="no input sync"):
            session.set({"iabp.enabled": True})
    finally:
        session.close()
