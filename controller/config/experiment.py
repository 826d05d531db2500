"""Everything that a run needs, loaded and checked together: protocol, bench, patient, devices, settings in force."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from controller.config.bench import DEVICE, PLAYED, Bench
from controller.config.calibration import Calibration, calibration_of
from controller.config.consistency import Fit
from controller.config.device import KINDS, Balloon, Device, RotaryPump
from controller.config.drive import Drive
from controller.config.drives import drive_faults
from controller.config.dut import Dut
from controller.config.effective import Effective, merge
from controller.config.errors import ConfigError, Fault, Problem
from controller.config.find import Kind, find
from controller.config.fitted import fitted_problems, misnamed
from controller.config.load import attempt, load
from controller.config.nearest import nearest
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
    `drives`: the bench's drives on buses, by their names there. `calibration`: what lies beside the bench's file.
    `recording`: the record that goes before the one which the bench names.
    """

    bench: Bench
    patient: Patient | None
    protocol: Protocol | None
    settings: Effective
    devices: dict[str, Device]
    drives: dict[str, Drive] = field(default_factory=dict)
    calibration: Calibration | None = None
    recording: tuple[Path, ...] = ()

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
    def records(self) -> list[Path]:
        """The files of the record that the bench plays, those named in the bench beside it; empty where it plays none."""
        if self.recording or self.bench.recording is None:
            return list(self.recording)
        folder = self.bench.source.path.parent if self.bench.source.path is not None else Path()
        return [folder / Path(name).expanduser() for name in self.bench.recording.record]

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
    def dut(self) -> Dut | None:
        """The prototype under test, as the protocol has it, else as the bench has it."""
        named = self.protocol.dut if self.protocol is not None else None
        return named or self.bench.dut

    @property
    def files(self) -> list[Source]:
        """The files as used, for the run folder's ``config/``."""
        roots = [self.bench, self.patient, self.protocol, *self.devices.values(), *self.drives.values()]
        return list({id(root.source): root.source for root in roots if root is not None}.values())

    @property
    def texts(self) -> dict[str, str]:
        """Every file as used, calibration and a law beside the bench included: its name and its text."""
        found = {Path(source.name).name: source.text for source in self.files}
        file, path = (self.bench.bench.law or "").rpartition(":")[0], self.bench.source.path
        if file and path is not None and (path.parent / file).is_file():
            found[Path(file).name] = (path.parent / file).read_text(encoding="utf-8", errors="replace")
        return found | ({self.calibration.path.name: self.calibration.text} if self.calibration is not None else {})


def load_experiment(
    protocol: str | Path | None = None,
    *,
    bench: str | Path | None = None,
    patient: str | Path | None = None,
    sets: Sequence[str] = (),
    recording: Sequence[Path] = (),
) -> Experiment:
    """Loads and checks all that belongs together, each by name or file.

    Args:
        protocol: what to run; None for a bench on its own (`simulate`, `console`).
        bench, patient: go before what the protocol names; without either ``virtual`` and ``healthy``.
        sets: ``PATH=VALUE`` each; go before everything.
        recording: files of a record to play; the bench is ``recording`` unless another is asked for.

    Raises:
        ConfigError: every problem of every file, of every ``--set``, and of their fit.
    """
    experiment, problems = assemble(protocol, bench=bench, patient=patient, sets=sets, recording=recording)
    if experiment is None or problems:
        raise ConfigError(problems)
    return experiment


def assemble(
    protocol: str | Path | None = None,
    *,
    bench: str | Path | None = None,
    patient: str | Path | None = None,
    sets: Sequence[str] = (),
    recording: Sequence[Path] = (),
) -> tuple[Experiment | None, list[Problem]]:
    """Like `load_experiment`, but hands back what could be loaded beside the problems."""
    problems: list[Problem] = []
    bench = bench or ("recording" if recording else None)
    the_protocol, named_by = _get(Protocol, "protocol", protocol, problems) if protocol is not None else (None, None)
    before = len(problems)
    the_bench = _part(Bench, "bench", bench, DEFAULT_BENCH, named_by, problems)
    bench_is_right = len(problems) == before

    the_patient = None
    if the_bench is None or "patient-model" in the_bench.bench.offers:
        the_patient = _part(Patient, "patient", patient, DEFAULT_PATIENT, named_by, problems)
    elif patient:
        what = f'the bench {the_bench.name} does not offer "patient-model"'
        problems.append(Problem("--patient", "", str(patient), what))

    calibration = None
    if the_bench is not None and bench_is_right:
        try:
            calibration = calibration_of(the_bench)
        except ConfigError as error:
            problems += error.problems
    settings, wrong = merge(the_bench, the_patient, the_protocol, sets, calibration)
    problems += wrong
    devices = _devices(the_bench, settings, problems)
    unsure = misnamed(problems)
    problems += [] if unsure else fitted_problems(settings, devices)
    drives = _drives(the_bench, problems) if bench_is_right else {}
    if the_bench is None:
        return None, _once(problems)
    if the_protocol is not None and bench_is_right:
        fit = Fit(the_protocol, the_bench, settings, devices, unsure)
        problems += the_protocol.problems(fit.faults())
    if recording and the_bench.bench.rig != PLAYED:
        what = f"the bench {the_bench.name} plays no record: its rig is {the_bench.bench.rig}"
        problems.append(Problem("--recording", "", str(recording[0]), what, f'a bench with rig = "{PLAYED}"'))
    experiment = Experiment(the_bench, the_patient, the_protocol, settings, devices, drives, calibration, tuple(recording))
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
    if "device" not in source.tables or (isinstance(kind, str) and kind in KINDS):
        return attempt(KINDS.get(str(kind), RotaryPump), "device", source)
    what = "is no kind of device" if kind is not None else "is required and missing"
    hint = nearest(kind, KINDS) if isinstance(kind, str) else ""
    wrong = source.problem(Fault(("device", "kind"), what, ", ".join(KINDS), hint, missing=kind is None))
    meant = KINDS.get(hint) or max(KINDS.values(), key=lambda model: len(source.tables.keys() & model.model_fields.keys()))
    rest = [problem for problem in attempt(meant, "device", source)[1] if problem.key != "device.kind"]
    return None, [wrong, *rest]


def _devices(bench: Bench | None, settings: Effective, problems: list[Problem]) -> dict[str, Device]:
    devices: dict[str, Device] = {}
    for place in (PUMP, RIGHT_PUMP):
        fitted = settings[place]
        if fitted.value != "none":
            pump = _device(place, str(fitted.value), "rotary-pump", fitted.where or "default", None, problems)
            if pump is not None:
                devices[place] = pump
    size = settings[BALLOON_SIZE]
    if bench is not None and bench.bench.balloon is not None:
        if size.value:
            name, where = f"iabp-{size.value:g}", size.where or "default"
            balloon = _device(BALLOON_SIZE, name, "balloon", where, None, problems)
        else:
            balloon = _balloon(bench.bench.balloon, bench.source, problems)
        if balloon is not None:
            devices[BALLOON] = balloon
    return devices


def _balloon(name: str, bench: Source, problems: list[Problem]) -> Device | None:
    folder = bench.path.parent if bench.path is not None else None
    return _device("bench.balloon", name, "balloon", bench.where(("bench", "balloon")), folder, problems)


def _device(place: str, name: str, kind: str, where: str, beside: Path | None, problems: list[Problem]) -> Device | None:
    """The device file that is meant for `place`; what is wrong with it is added to `problems`."""
    try:
        device, wrong = attempt_device(read(find("device", name, beside=beside, where=where, key=place)))
    except ConfigError as error:
        problems += error.problems
        return None
    problems += wrong
    if device is not None and device.device.kind != kind:
        problems.append(Problem(where, place, name, f"is a {device.device.kind}", f"a {kind}"))
    return device


def bench_problems(source: Source) -> list[Problem]:
    """What is wrong with a bench, with the balloon and the drives that it names, and with their fit."""
    bench, problems = attempt(Bench, "bench", source)
    balloon = source.value(("bench", "balloon"))
    if isinstance(balloon, str) and balloon:
        _balloon(balloon, source, problems)
    if bench is not None and not problems:  # how drives fit says nothing where the bench itself is wrong
        _drives(bench, problems)
    return _once(problems)


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


def _part(
    model: type[R], kind: Kind, asked_for: str | Path | None, default: str, named_by: Source | None, problems: list[Problem]
) -> R | None:
    """The bench or the patient: as asked for, else as the protocol's header names it, whatever else is wrong there."""
    named = named_by.value(("protocol", kind)) if named_by is not None else None
    if asked_for or named_by is None or not isinstance(named, str) or not named:
        return _get(model, kind, asked_for or default, problems)[0]
    beside = named_by.path.parent if named_by.path is not None else None
    place = ("protocol", kind)
    return _get(model, kind, named, problems, where=named_by.where(place), key=".".join(place), beside=beside)[0]


def _get(
    model: type[R],
    kind: Kind,
    name: str | Path,
    problems: list[Problem],
    *,
    where: str = "",
    key: str = "",
    beside: Path | None = None,
) -> tuple[R | None, Source | None]:
    try:
        source = read(
            find(kind, name, beside=beside, where=where or ("PROTOCOL" if kind == "protocol" else f"--{kind}"), key=key)
        )
    except ConfigError as error:
        problems += error.problems
        return None, None
    built, wrong = attempt(model, kind, source)
    problems += wrong
    return built, source


def _once(problems: list[Problem]) -> list[Problem]:
    return list(dict.fromkeys(problems))
