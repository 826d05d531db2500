"""From a name or a file to a checked, typed configuration; or a ConfigError with everything that is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from controller.config.bench import Bench
from controller.config.errors import ConfigError, Fault, nearest
from controller.config.explain import faults
from controller.config.find import FOLDERS, Kind, find
from controller.config.patient import Patient
from controller.config.protocol import Protocol
from controller.config.rooted import Rooted
from controller.config.source import Source, read

R = TypeVar("R", bound=Rooted)


def load_patient(name_or_file: str) -> Patient:
    """A patient by name or file. Raises ConfigError."""
    return load(Patient, "patient", name_or_file)


def load_bench(name_or_file: str) -> Bench:
    """A bench by name or file. Raises ConfigError."""
    return load(Bench, "bench", name_or_file)


def load_protocol(name_or_file: str) -> Protocol:
    """A protocol by name or file, each step checked by itself; `consistency` checks it against bench and patient.

    Raises:
        ConfigError: not found, not readable, not valid.
    """
    return load(Protocol, "protocol", name_or_file)


def load(model: type[R], kind: Kind, name_or_file: str, *, beside: Path | None = None) -> R:
    """The configuration of that kind. Raises ConfigError."""
    path = find(kind, name_or_file, beside=beside, where=f"--{kind}")
    return build(model, kind, read(path))


def build(model: type[R], kind: Kind, source: Source) -> R:
    """A source as a model.

    Raises:
        ConfigError: every problem of the file.
    """
    built, found = attempt(model, kind, source)
    if built is None or found:
        raise ConfigError(source.problem(fault) for fault in found)
    return built


def attempt(model: type[R], kind: Kind, source: Source) -> tuple[R | None, list[Fault]]:
    """The model if the file is valid, and the faults if it is not."""
    if kind not in source.tables:
        other = next((k for k in FOLDERS if k in source.tables), None)
        what = f"is a {other}, not a {kind}" if other else f"has no [{kind}] table"
        return None, [Fault((), what, f"a file with [{kind}]", nearest(next(iter(source.tables), ""), [kind]))]
    try:
        built = model.model_validate(source.tables)
    except ValidationError as error:
        return None, faults(error, model)
    built._source = source
    return built, []
