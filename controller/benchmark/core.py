"""Plant step, whole tick, ring."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from controller.benchmark.row import Row, at_least, at_most, median_of

PLANT_S = 20.0  # simulated per repetition
TICKS = 50_000
REPEATS = 9
EVERYTHING = {"balloon": "iabp-40", "pump": "impella-cp", "rpump": "impella-rp"}
DRIVEN = {
    "valve_vacuum": 1.0,
    "pump_speed_rpm": 39000.0,
    "pump_enable": 1.0,
    "rpump_speed_rpm": 24000.0,
    "rpump_enable": 1.0,
    "ecmo_speed_rpm": 2500.0,
    "ecmo_enable": 1.0,
}


def plant() -> Iterator[Row]:
    """One step of 1 ms in a bare C loop: balloon and pump attached, and everything at once."""
    from cext.plant.model import PlantModel
    from controller.config.experiment import load_device, load_experiment

    values = load_experiment(patient="cardiogenic-shock", sets=["pump.device=impella-cp"]).settings.values_by_path
    model = PlantModel(values, load_device("iabp-40").model_dump(), load_device("impella-cp").model_dump())
    step_s = median_of(REPEATS, lambda: model.skip(PLANT_S, valve_vacuum=1.0, pump_speed_rpm=44000.0, pump_enable=1.0))
    yield at_least(
        "plant step of 1 ms", 1e-3 / step_s, "x real time", 4000.0, f"{step_s * 1e9:.0f} ns; balloon and pump attached"
    )
    values = load_experiment(patient="biventricular-failure", sets=["ecmo.enabled=on"]).settings.values_by_path
    fitted: dict[str, Any] = {place: load_device(name).model_dump() for place, name in EVERYTHING.items()}
    model = PlantModel(values, **fitted)
    step_s = median_of(REPEATS, lambda: model.skip(PLANT_S, **DRIVEN))
    yield at_least(
        "the same with everything on", 1e-3 / step_s, "x real time", 2500.0, f"{step_s * 1e9:.0f} ns; CP, RP, ECMO too"
    )


def tick() -> Iterator[Row]:
    """Read to publish on the virtual rig, balloon pump at work."""
    import asyncio

    from controller.config.experiment import load_experiment
    from controller.session.assemble import assemble

    experiment = load_experiment(
        patient="cardiogenic-shock", sets=["iabp.enabled=on", "pump.device=impella-cp", "pump.level=P-6"]
    )
    session = assemble(experiment)

    async def running() -> None:
        await session.open()
        await session.arm()
        await session.start()

    asyncio.run(running())

    def once() -> float:
        begin = time.perf_counter()
        session.loop.commands.heartbeat()
        for _ in range(TICKS // 400):
            session.loop.commands.heartbeat()
            session.loop.run(session.loop.tick + 400)
        return (time.perf_counter() - begin) / TICKS

    tick_s = median_of(REPEATS, once)
    summary = session.loop.execution.summary_us()
    session.close()
    yield at_most(
        "whole tick, read to publish", tick_s * 1e6, "us", 1.5, f"virtual rig, {TICKS} ticks x {REPEATS}, all sensors"
    )
    yield Row("tick by the clock inside it", summary["median_us"], "us", how=f"p99.9 {summary['p99_9_us']:.1f} us")


def ring() -> Iterator[Row]:
    """Publishing a frame, reading a block."""
    import numpy as np

    from cext.frame import FRAME_BYTES, FRAME_DTYPE
    from cext.ring import RingReader, RingWriter

    writer = RingWriter(FRAME_BYTES)
    reader = RingReader(writer.fd)
    frames = np.zeros(8192, FRAME_DTYPE)

    def push() -> float:
        begin = time.perf_counter()
        writer.push_frames(frames)
        return (time.perf_counter() - begin) / len(frames)

    def read() -> float:
        writer.push_frames(frames)
        begin = time.perf_counter()
        got = len(reader.read(len(frames)))
        return (time.perf_counter() - begin) / got

    yield Row("ring: publish a frame", median_of(REPEATS, push) * 1e9, "ns", how=f"{FRAME_BYTES} bytes")
    yield Row("ring: read a frame", median_of(REPEATS, read) * 1e9, "ns", how="blocks of 8192")
