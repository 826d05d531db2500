"""Where the catheter pump lies: what it does to its placement signal, its current and its flow, in the patient and on the rig."""

import asyncio

import numpy as np
import pytest

from cext.plant.model import PlantModel
from controller.config.experiment import load_experiment
from controller.session.assemble import assemble


@pytest.fixture(scope="module")
def running(device, patient):
    """`running(position, patient)`: 10 s of a CP at P-6."""

    def run(position, name="cardiogenic-shock"):
        model = PlantModel(patient(name) | {"pump.position": position}, pump=device("impella-cp"))
        model.skip(30.0, pump_speed_rpm=39_000.0, pump_enable=1.0)
        return model.run(10.0, pump_speed_rpm=39_000.0, pump_enable=1.0)

    return run


def test_too_shallow_half_of_the_flow_goes_round(running):
    right, shallow = running("correct"), running("too-shallow")
    assert 0.4 < shallow["pump_flow_mL_s"].mean() / right["pump_flow_mL_s"].mean() < 0.75
    assert shallow["lap_mmHg"].mean() > right["lap_mmHg"].mean()  # less unloading
    assert np.ptp(shallow["pump_current_A"]) > 0.0


def test_too_deep_it_sucks_where_a_well_placed_pump_does_not(running):
    right, deep = (running(p, "healthy") for p in ("correct", "too-deep"))
    assert right["suction"].mean() == 0.0 and deep["suction"].mean() > 0.02
    assert deep["pump_flow_mL_s"].mean() < right["pump_flow_mL_s"].mean()


@pytest.mark.parametrize(
    ("name", "position", "seen"),
    [
        ("impella-cp", "correct", 1),
        ("impella-cp", "in-ventricle", 2),
        ("impella-cp", "in-aorta", 3),
        ("impella-2.5", "correct", 1),
        ("impella-5.0", "correct", 1),
        ("impella-5.0", "in-aorta", 3),
    ],
)
def test_the_console_sees_where_it_lies(name, position, seen):
    sets = [f"pump.device={name}", "pump.level=P-6", f"pump.position={position}"]
    session = assemble(load_experiment(patient="cardiogenic-shock", sets=sets))

    async def main():
        await session.open()
        await session.arm()
        await session.start()
        found = []
        while session.t_s < 25.0:
            frames = (await session.advance()).frames
            found.append(np.stack([frames[n] for n in ("pump.position", "in.pump_placement_mmHg", "in.pump_flow_L_min")]))
        return np.concatenate(found, axis=1)

    try:
        where, placement, flow = asyncio.run(main())
    finally:
        session.close()
    assert where[-1] == seen
    late = placement[-3000:]
    if position == "in-ventricle":
        assert late.min() < 30.0 < late.max()
    elif name == "impella-cp":
        assert late.min() > 30.0  # aortic
    assert (flow[-3000:].mean() > 1.5) == (position == "correct")
