"""From a checked configuration to a session: rig, channels, ring, clock and loop put together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cext.clock import MonotonicClock, StepClock
from cext.frame import FRAME_BYTES
from cext.law import Law
from cext.loop import Loop
from cext.ring import RingWriter
from cext.spec import LEVELS, Spec
from controller.arming import checks_of
from controller.config.bench import PLAYED
from controller.config.drives import drive_tables
from controller.laws.registry import law_of
from controller.laws.slow import Stepping
from controller.metrics import Gap
from controller.session.ecmo_watch import EcmoWatch
from controller.session.pump_watch import Allowed, PumpWatch
from controller.session.record import record_table
from controller.session.session import Session
from rigs.registry import make

if TYPE_CHECKING:
    from cext.clock import Clock
    from cext.rig import Rig
    from controller.config.bench import Bench
    from controller.config.calibration import Calibration
    from controller.config.device import RotaryPump
    from controller.config.experiment import Experiment

RING_FRAMES = 16384  # 16 s at 1 kHz


def assemble(
    experiment: Experiment,
    *,
    seed: int = 1,
    realtime: bool = False,
    lossless: bool = False,
    faulty: bool = False,
    calibrated: bool = True,
    law: Law | None = None,
) -> Session:
    """A session that is still closed.

    `faulty`: with a door for faults (rigs.faulty) around the bench's rig; on simulated benches only. `lossless`: in virtual
    time the loop waits for the recorder. `calibrated` False: inputs as the bench file alone has them, and no calibration
    speaks against arming. `law`: a compiled law that steps behind the built-in ones, in place
    of the one that the bench names.

    Raises:
        ConfigError: the law that the bench names; the record that it plays.
        LookupError: no such kind of rig. ImportError: a rig or law compiled for another ABI. OSError: the driver is missing.
        ValueError: virtual time, or faults, on a bench that is not simulated; virtual time on one that cannot run in it.
    """
    bench = experiment.bench
    if not realtime and not bench.bench.simulated:
        # SAFETY: virtual time would drive actuators as fast as the processor goes
        raise ValueError(f"bench {bench.bench.name} is hardware: virtual time (--fast, simulate) is for simulated benches only")
    if faulty and not bench.bench.simulated:
        # SAFETY: nobody breaks a wired bench from here
        raise ValueError(f"bench {bench.bench.name} is hardware: faults are injected on simulated benches only")
    inputs = {name: row.model_dump() for name, row in bench.inputs.items()}
    outputs = experiment.outputs
    devices = {place: device.model_dump() for place, device in experiment.devices.items()}
    tables = bench.model_dump(include={"daq", "watchdog"}) | {"drives": drive_tables(experiment)}
    tables["loopback"] = "patient-model" not in bench.bench.offers and "generator" in bench.bench.offers
    if bench.bench.rig == PLAYED:
        tables |= {"recording": record_table(experiment)}
    rig = make(bench.bench.rig, inputs, outputs, devices, seed, bench.loop.period_us * 1e-6, tables)
    if faulty:
        from rigs.faulty import FaultyRig

        rig = FaultyRig(rig, seed, bench.loop.period_us * 1e-6, _parts(bench))
    clock = rig.make_clock(realtime) or (MonotonicClock if realtime else StepClock)(bench.loop.period_us)
    calibration = experiment.calibration if calibrated else None
    named = law_of(bench) if law is None else None
    compiled = named if isinstance(named, Law) else law
    session = Session(
        make_loop(experiment, rig, clock, lossless=lossless and not realtime, calibration=calibration, law=compiled),
        bench.bench.metrics_from,
        realtime=realtime,
        offers=[name for name in bench.bench.offers if experiment.settings.model.carries(name)],
        simulated=bench.bench.simulated,
        checks=checks_of(bench, calibration),
        limits=_inputs(inputs),
        gap=_gap(experiment.pump),
    )
    session.devices = dict(experiment.devices)
    session.watches.append(EcmoWatch(session.period_s))
    if experiment.pump is not None:
        session.watches.append(
            PumpWatch(_allowed(experiment.pump, str(experiment.settings["pump.indication"].value)), session.period_s)
        )
    if named is not None and not isinstance(named, Law):
        Stepping(session, named, str(bench.bench.law))
    return session


def _allowed(pump: RotaryPump, indication: str) -> Allowed:
    """What the device file says of how long this pump may work for what it is used for."""
    limits = pump.limits
    hours = None if limits is None else limits.hours(indication)
    return Allowed(hours, limits.source if limits is not None else "", pump.placement.signal != "none")


def make_loop(
    experiment: Experiment,
    rig: Rig,
    clock: Clock,
    *,
    lossless: bool = False,
    calibration: Calibration | None = None,
    law: Law | None = None,
) -> Loop:
    """The core as this experiment wants it, on any rig. Without `calibration` inputs are taken as they come."""
    bench = experiment.bench
    inputs = _inputs({name: row.model_dump() for name, row in bench.inputs.items()})
    return Loop(
        rig,
        _spec(bench, inputs, experiment.outputs, experiment.pump, experiment.right_pump),
        RingWriter(FRAME_BYTES, RING_FRAMES),
        clock,
        experiment.settings.numbers,
        lossless=lossless,
        calibration=calibration.lines() if calibration is not None else None,
        law=law,
    )


def _parts(bench: Bench) -> dict[str, list[str]]:
    """The channels of each card and drive of the bench, by its name."""
    found: dict[str, list[str]] = {}
    for prefix, rows in (("in", bench.inputs), ("out", bench.outputs)):
        for name, row in rows.items():
            if row.wire is not None:
                part = row.wire.drive or (row.wire.place.device if row.wire.place is not None else "")
                found.setdefault(part, []).append(f"{prefix}.{name}")
    return found


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
