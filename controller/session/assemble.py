"""From a checked configuration to a session: rig, channels, ring, clock and loop put together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cext.clock import MonotonicClock, StepClock
from cext.frame import FRAME_BYTES
from cext.loop import Loop
from cext.ring import RingWriter
from cext.spec import LEVELS, Spec
from controller.arming import checks_of
from controller.config.drives import drive_tables
from controller.metrics import Gap
from controller.session.session import Session
from rigs.registry import make

if TYPE_CHECKING:
    from controller.config.bench import Bench
    from controller.config.device import RotaryPump
    from controller.config.experiment import Experiment

RING_FRAMES = 16384  # 16 s at 1 kHz


def assemble(
    experiment: Experiment, *, seed: int = 1, realtime: bool = False, lossless: bool = False, kind: str | None = None
) -> Session:
    """A session that is still closed.

    `kind` overrides the bench's rig (``faulty``: the same with a door for faults). `lossless`: in virtual time the loop waits
    for the recorder.

    Raises:
        LookupError: no such kind of rig. ImportError: a rig compiled for another ABI. OSError: the driver is missing.
        ValueError: virtual time on a bench that is not simulated, or that cannot run in it.
    """
    bench = experiment.bench
    if not realtime and not bench.bench.simulated:
        # SAFETY: virtual time would drive actuators as fast as the processor goes
        raise ValueError(f"bench {bench.bench.name} is hardware: virtual time (--fast, simulate) is for simulated benches only")
    inputs = {name: row.model_dump() for name, row in bench.inputs.items()}
    outputs = experiment.outputs
    devices = {place: device.model_dump() for place, device in experiment.devices.items()}
    tables = bench.model_dump(include={"daq", "watchdog"}) | {"drives": drive_tables(experiment)}
    rig = make(kind or bench.bench.rig, inputs, outputs, devices, seed, bench.loop.period_us * 1e-6, tables)
    rows = _inputs(inputs)
    loop = Loop(
        rig,
        _spec(bench, rows, outputs, experiment.pump, experiment.right_pump),
        RingWriter(FRAME_BYTES, RING_FRAMES),
        rig.make_clock(realtime) or (MonotonicClock if realtime else StepClock)(bench.loop.period_us),
        experiment.settings.numbers,
        lossless=lossless and not realtime,
    )
    return Session(
        loop,
        bench.bench.metrics_from,
        realtime=realtime,
        offers=bench.bench.offers,
        simulated=bench.bench.simulated,
        checks=checks_of(bench),
        limits=rows,
        gap=_gap(experiment.pump),
    )


def _gap(pump: RotaryPump | None) -> Gap | None:
    row = pump.haemolysis if pump is not None else None
    return Gap(row.rotor_mm, row.gap_mm, row.path_mm) if row is not None else None


def _inputs(inputs: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The inputs' rows as the core takes them: limits in units, ages in s."""
    return {
        name: {
            "low": row["range"][0],
            "high": row["range"][1],
            "required": row["required"],
            "max_age_s": row["max_age_ms"] * 1e-3,
            "least_activity": row["least_activity"],
            **{key: row[key] for key in ("trip_low", "trip_high") if row[key] is not None},
        }
        for name, row in inputs.items()
    }


def _spec(
    bench: Bench,
    rows_in: Mapping[str, Any],
    outputs: Mapping[str, Any],
    pump: RotaryPump | None,
    right: RotaryPump | None,
) -> Spec:
    limits = pump.limits if pump is not None else None
    rows_out = {
        name: {
            "low": row["range"][0],
            "high": row["range"][1],
            **{k: row[k] for k in ("rest", "safe", "standby", "slew_per_s")},
        }
        for name, row in outputs.items()
    }
    return Spec(
        rows_in,
        rows_out,
        period_s=bench.loop.period_us * 1e-6,
        overrun_trips=bench.loop.overrun == "trip",
        overrun_limit=bench.loop.overrun_limit,
        level_rpm=[pump.levels_rpm.get(name) for name in LEVELS] if pump is not None else (),
        pump_range_rpm=pump.speed_range_rpm if pump is not None else (0.0, 0.0),
        boost_rpm=pump.levels_rpm.get("boost") if pump is not None else None,
        boost_s=limits.boost_s if limits is not None else None,
        auto_s=limits.auto_s if limits is not None else None,
        differential=pump is not None and pump.placement.signal == "differential",
        right_level_rpm=[right.levels_rpm.get(name) for name in LEVELS] if right is not None else (),
    )
