"""From a name or a file to a checked, typed configuration; or a ConfigError with everything that is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from controller.config.bench import Bench
from controller.config.drive import Drive
from controller.config.errors import ConfigError, Fault, Problem
from controller.config.explain import declared_at, faults
from controller.config.find import FOLDERS, Kind, find
from controller.config.nearest import nearest
from controller.config.patient import Patient
from controller.config.pattern import Pattern
from controller.config.protocol import Protocol
from controller.config.pruned import Pruned
from controller.config.rooted import Rooted
from controller.config.source import Source, read
from controller.config.targets import Targets

R = TypeVar("R", bound=Rooted)
MODELS: dict[Kind, type[Rooted]] = {
    "patient": Patient,
    "pump_drive": Drive,
    "bench": Bench,
    "protocol": Protocol,
    "fit": Targets,
    "pattern": Pattern,
}
_MOST_ROUNDS = 12


def load_patient(name_or_file: str) -> Patient:
    """A patient by name or file. Raises ConfigError."""
    return load(Patient, "patient", name_or_file)


def load_bench(name_or_file: str) -> Bench:
    """A bench by name or file. Raises ConfigError."""
    return load(Bench, "bench", name_or_file)


def load_protocol(name_or_file: str) -> Protocol:
    """A protocol by name or file, checked by itself; `experiment.load_experiment` checks it against bench and patient.

    Raises:
        ConfigError: not found, not readable, not valid.
    """
    return load(Protocol, "protocol", name_or_file)


def load(model: type[R], kind: Kind, name_or_file: str, *, beside: Path | None = None) -> R:
    """The configuration of that kind. Raises ConfigError."""
    return build(model, kind, read(find(kind, name_or_file, beside=beside, where=f"--{kind}")))


def build(model: type[R], kind: Kind, source: Source) -> R:
    """A source as a model.

    Raises:
        ConfigError: every problem of the file.
    """
    built, problems = attempt(model, kind, source)
    if built is None or problems:
        raise ConfigError(problems)
    return built


def attempt(model: type[R], kind: Kind, source: Source) -> tuple[R | None, list[Problem]]:
    """The model and no problems; or the problems, and the model of what is left without the faulty parts (None: nothing).

    The model of what is left is only good for finding further problems.
    """
    if kind not in source.tables:
        other = next((k for k in FOLDERS if k in source.tables), None)
        what = f"is a {other} file, not a {kind} file" if other else f"has no [{kind}] table, so it is no {kind} file"
        hint = "" if other else nearest(next(iter(source.tables), ""), [kind])
        return None, [Problem(source.name, "", "", what, hint=f"[{hint}]" if hint else "")]
    pruned = Pruned(source.tables)
    found: list[Fault] = []
    built: R | None = None
    for _ in range(_MOST_ROUNDS):
        try:
            built = model.model_validate(pruned.tables)
        except ValidationError as error:
            round_faults = faults(error, model)
            found += [pruned.original(fault) for fault in round_faults if pruned.is_news(fault)]
            if not pruned.remove(round_faults, lambda loc: declared_at(model, loc)):
                break
        else:
            found += [pruned.original(fault) for fault in built.own_faults() if pruned.is_news(fault)]
            built._source, built._pruned = source, pruned
            break
    problems = {source.problem(fault): None for fault in found}  # a dict: in order, each once
    return built, sorted(problems, key=_line)


def _line(problem: Problem) -> tuple[int, int]:
    parts = problem.where.rsplit(":", 2)
    return (int(parts[1]), int(parts[2])) if len(parts) == 3 and parts[1].isdigit() and parts[2].isdigit() else (0, 0)
