"""Everything that a run needs, loaded and checked together: protocol, bench, patient, devices, settings in force."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from controller.config.bench import DEVICE, Bench
from controller.config.consistency import Fit
from controller.config.device import KINDS, Balloon, Device, RotaryPump
from controller.config.drive import Drive
from controller.config.drives import drive_faults
from controller.config.effective import Effective, merge
from controller.config.errors import ConfigError, Fault, Problem, nearest
from controller.config.find import Kind, find
from controller.config.load import attempt, load
from controller.config.patient import Patient
from controller.config.protocol import Protocol
from controller.config.rooted import Rooted
from controller.config.source import Source, read

R = TypeVar("R", bound=Rooted)
DEFAULT_BENCH = "virtual"
DEFAULT_PATIENT = "healthy"
PUMP = "pump.device"
RIGHT_PUMP = "rpump.device"
BALLOON = "iabp"
BALLOON_SIZE = "iabp.balloon_mL"  # 0: the balloon that the bench names


@dataclass(frozen=True)
class Experiment:
    """What a run is made of. `patient` is None on a bench without a patient model.

    `devices`: ``pump.device`` -> the fitted rotary pump (absent: none), ``rpump.device`` -> the right one, ``iabp`` -> the
    balloon (absent: the bench has none).
    `drives`: the bench's drives on buses, by their names there.
    """

    bench: Bench
    patient: Patient | None
    protocol: Protocol | None
    settings: Effective
    devices: dict[str, Device]
    drives: dict[str, Drive] = field(default_factory=dict)

    @property
    def pump(self) -> RotaryPump | None:
        device = self.devices.get(PUMP)
        return device if isinstance(device, RotaryPump) else None

    @property
    def right_pump(self) -> RotaryPump | None:
        device = self.devices.get(RIGHT_PUMP)
        return device if isinstance(device, RotaryPump) else None

    @property
    def balloon(self) -> Balloon | None:
        device = self.devices.get(BALLOON)
        return device if isinstance(device, Balloon) else None

    @property
    def outputs(self) -> dict[str, dict[str, Any]]:
        """The bench's outputs, with the word ``device`` filled in: what the fitted pump's file declares safe; without one, rest."""
        speed = self.pump.safe.speed_rpm if self.pump is not None else 0.0
        turning = {"pump_speed_rpm": speed, "pump_enable": float(speed > 0.0)}
        rows = {name: row.model_dump() for name, row in self.bench.outputs.items()}
        for name, row in rows.items():
            row |= {key: turning.get(name, row["rest"]) for key in ("safe", "standby") if row[key] == DEVICE}
        return rows

    @property
    def files(self) -> list[Source]:
        """The files as used, for the run folder's ``config/``."""
        roots = [self.bench, self.patient, self.protocol, *self.devices.values(), *self.drives.values()]
        return list({id(root.source): root.source for root in roots if root is not None}.values())


def load_experiment(
    protocol: str | None = None, *, bench: str | None = None, patient: str | None = None, sets: Sequence[str] = ()
) -> Experiment:
    """Loads and checks all that belongs together, each by name or file.

    Args:
        protocol: what to run; None for a bench on its own (`simulate`, `console`).
        bench, patient: go before what the protocol names; without either ``virtual`` and ``healthy``.
        sets: ``PATH=VALUE`` each; go before everything.

    Raises:
        ConfigError: every problem of every file, of every ``--set``, and of their fit.
    """
    experiment, problems = assemble(protocol, bench=bench, patient=patient, sets=sets)
    if experiment is None or problems:
        raise ConfigError(problems)
    return experiment


def assemble(
    protocol: str | None = None, *, bench: str | None = None, patient: str | None = None, sets: Sequence[str] = ()
) -> tuple[Experiment | None, list[Problem]]:
    """Like `load_experiment`, but hands back what could be loaded beside the problems."""
    problems: list[Problem] = []
    the_protocol = _get(Protocol, "protocol", protocol, problems) if protocol is not None else None
    header = the_protocol.protocol if the_protocol is not None else None
    here = _folder(the_protocol)

    bench_place = ("protocol", "bench") if header and header.bench and not bench else ()
    bench_name = bench or (header.bench if header else None) or DEFAULT_BENCH
    before = len(problems)
    the_bench = _get(Bench, "bench", bench_name, problems, the_protocol, bench_place, here)
    bench_is_right = len(problems) == before

    the_patient = None
    if the_bench is None or "patient-model" in the_bench.bench.offers:
        patient_place = ("protocol", "patient") if header and header.patient and not patient else ()
        patient_name = patient or (header.patient if header else None) or DEFAULT_PATIENT
        the_patient = _get(Patient, "patient", patient_name, problems, the_protocol, patient_place, here)
    elif patient:
        what = f'the bench {the_bench.name} does not offer "patient-model"'
        problems.append(Problem("--patient", "", patient, what))

    settings, wrong = merge(the_bench, the_patient, the_protocol, sets)
    problems += wrong
    devices = _devices(the_bench, settings, problems)
    drives = _drives(the_bench, problems) if bench_is_right else {}
    if the_bench is None:
        return None, _once(problems)
    if the_protocol is not None and bench_is_right:
        fit = Fit(the_protocol, the_bench, settings, devices)
        problems += [the_protocol.source.problem(fault) for fault in fit.faults()]
    experiment = Experiment(the_bench, the_patient, the_protocol, settings, devices, drives)
    return experiment, _once(problems)


def load_drive(name_or_file: str) -> Drive:
    """A drive by name or file. Raises ConfigError."""
    return load(Drive, "pump_drive", name_or_file)


def load_device(name_or_file: str) -> Device:
    """A device by name or file. Raises ConfigError."""
    device, problems = attempt_device(read(find("device", name_or_file, where="--device")))
    if device is None or problems:
        raise ConfigError(problems)
    return device


def attempt_device(source: Source) -> tuple[Device | None, list[Problem]]:
    """Like `load.attempt`, for the model that the file's own kind asks for."""
    kind = source.value(("device", "kind"))
    if "device" in source.tables and not (isinstance(kind, str) and kind in KINDS):
        what = "is no kind of device" if kind is not None else "is required and missing"
        hint = nearest(kind, KINDS) if isinstance(kind, str) else ""
        return None, [source.problem(Fault(("device", "kind"), what, ", ".join(KINDS), hint, missing=kind is None))]
    built, problems = attempt(KINDS.get(str(kind), RotaryPump), "device", source)
    return built, problems


def _devices(bench: Bench | None, settings: Effective, problems: list[Problem]) -> dict[str, Device]:
    wanted: list[tuple[str, str, str, Path | None]] = []
    for place in (PUMP, RIGHT_PUMP):
        fitted = settings[place]
        if fitted.value != "none":
            wanted.append((place, str(fitted.value), fitted.where or "default", None))
    size = settings[BALLOON_SIZE]
    if bench is not None and bench.bench.balloon is not None and size.value:
        wanted.append((BALLOON, f"iabp-{size.value:g}", size.where or "default", None))
    elif bench is not None and bench.bench.balloon is not None:
        folder = bench.source.path.parent if bench.source.path is not None else None
        wanted.append((BALLOON, bench.bench.balloon, bench.source.where(("bench", "balloon")), folder))
    devices: dict[str, Device] = {}
    for place, name, where, beside in wanted:
        try:
            device, wrong = attempt_device(read(find("device", name, beside=beside, where=where, key=BALLOON_SIZE if place == BALLOON and beside is None else place)))
        except ConfigError as error:
            problems += error.problems
            continue
        problems += wrong
        if device is not None:
            kind = "rotary-pump" if place in (PUMP, RIGHT_PUMP) else "balloon"
            if device.device.kind != kind:
                problems.append(Problem(where, place, name, f"is a {device.device.kind}", f"a {kind}"))
            devices[place] = device
    return devices


def drive_problems(source: Source) -> list[Problem]:
    """What is wrong with the drive files that a bench names, and with their fit; a bench that is wrong itself is left alone."""
    bench, problems = attempt(Bench, "bench", source)
    found: list[Problem] = []
    if bench is not None and not problems:
        _drives(bench, found)
    return found


def _drives(bench: Bench | None, problems: list[Problem]) -> dict[str, Drive]:
    """The drive files that the bench names, checked against it."""
    drives: dict[str, Drive] = {}
    for name, table in (bench.drives if bench is not None else {}).items():
        assert bench is not None
        place = ("drives", name, "drive")
        folder = bench.source.path.parent if bench.source.path is not None else None
        where = bench.source.where(place)
        try:
            source = read(find("pump_drive", table.drive, beside=folder, where=where, key=".".join(place)))
        except ConfigError as error:
            problems += error.problems
            continue
        drive, wrong = attempt(Drive, "pump_drive", source)
        problems += wrong
        if drive is not None and not wrong:
            drives[name] = drive
            problems += [bench.source.problem(fault) for fault in drive_faults(bench, name, drive)]
    return drives


def _get(
    model: type[R],
    kind: Kind,
    name: str,
    problems: list[Problem],
    named_by: Protocol | None = None,
    place: tuple[str, ...] = (),
    beside: Path | None = None,
) -> R | None:
    where = named_by.source.where(place) if named_by is not None and place else f"--{kind}"
    try:
        source = read(find(kind, name, beside=beside if place else None, where=where, key=".".join(place)))
    except ConfigError as error:
        problems += error.problems
        return None
    built, wrong = attempt(model, kind, source)
    problems += wrong
    return built


def _folder(protocol: Protocol | None) -> Path | None:
    path = protocol.source.path if protocol is not None else None
    return path.parent if path is not None else None


def _once(problems: list[Problem]) -> list[Problem]:
    return list(dict.fromkeys(problems))
