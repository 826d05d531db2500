"""The least activity that the shipped benches declare: a still circulation does not trip by it, a signal that stands still does."""

import asyncio

import pytest

from controller.config.experiment import load_experiment
from controller.faults import Fault, put_in
from controller.session.assemble import assemble

STILL = {
    "asystole": ["patient.rhythm=asystole"],
    "fibrillation of the ventricles on full support": ["patient.rhythm=vf", "ecmo.enabled=on", "ecmo.flow_L_min=5"],
    "full support by a pump": ["patient.lv_ees_mmHg_mL=0.2", "pump.device=impella-5.0", "pump.level=P-9"],
    "asystole on a bled-out patient": ["patient.rhythm=asystole", "patient.blood_volume_delta_mL=-1000"],
}


async def run(sets, seconds, fault=None):
    session = assemble(load_experiment(patient="cardiogenic-shock", sets=sets), seed=1, faulty=True)
    events = []
    session.listen(events.append)
    try:
        await session.open()
        await session.arm()
        await session.start()
        if fault:
            put_in(session, fault, fault.begin_s)
        while session.t_s < seconds:
            await session.advance()
        return session.state, session.latched, events
    finally:
        session.close()


@pytest.mark.parametrize("still", STILL)
def test_a_still_circulation_is_no_stuck_signal(still):
    state, latched, _ = asyncio.run(run(STILL[still], 40.0))
    assert (state, latched) == ("RUNNING", ())


def test_a_transducer_that_stands_still_trips_within_200_ms():
    state, latched, events = asyncio.run(run([], 6.0, Fault("in.aop_mmHg", "stuck", 5.0)))
    assert state == "SAFE"
    assert "input_stuck" in latched
    tripped = next(event for event in events if event.data.get("condition") == "input_stuck")
    assert 5.0 < tripped.t_s <= 5.2


@pytest.mark.parametrize("bench", ["virtual", "pcie-6363", "usb-6001-monitor", "simulated-wires"])
def test_every_shipped_bench_declares_one_for_its_aortic_pressure(bench):
    rows = load_experiment(bench=bench).bench.inputs
    assert rows["aop_mmHg"].least_activity > 0.0
    assert not rows["ecg_mV"].least_activity > 0.0, "a lead that came off leaves the balloon to the pressure trigger"
