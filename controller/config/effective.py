"""Settings in force: table defaults, then the model's, bench, calibration, patient, protocol and --set, and where each came from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from cext.tables.load import Setting, Value, settings
from cext.tables.models import CHOICE, FULL, Model, models
from controller.config.bench import Bench
from controller.config.calibration import Calibration
from controller.config.capabilities import needed_by
from controller.config.errors import ConfigError, Fault, Problem
from controller.config.patient import Patient
from controller.config.protocol import Protocol
from controller.config.rooted import Rooted
from controller.config.settings import Refused, setting, value_of

Layer = Literal["default", "model", "bench", "calibration", "patient", "protocol", "--set"]
OPTION = "--set"


@dataclass(frozen=True, slots=True)
class Entry:
    """One setting in force. `number` is what the core gets; `where` is ``file:line:column``, ``--set`` or empty."""

    row: Setting
    value: Value
    number: float
    layer: Layer = "default"
    name: str = ""
    where: str = ""

    @property
    def origin(self) -> str:
        """``default``, ``--set``, or ``patient cardiogenic-shock (file:line:column)``."""
        where = f" ({self.where})" if self.where else ""
        return f"{self.layer} {self.name}{where}" if self.name else self.layer


class Effective(Mapping[str, Entry]):
    """Every setting by its path, in the order of ``struct Settings``.

    `left_out`: what the patient's file gives and the circulation model has no place for.
    """

    def __init__(self, entries: Mapping[str, Entry], left_out: Sequence[str] = ()) -> None:
        self._entries = dict(entries)
        self.left_out = tuple(left_out)

    def __getitem__(self, path: str) -> Entry:
        return self._entries[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def model(self) -> Model:
        """The circulation model that ``patient.model`` chooses."""
        return models()[str(self._entries[CHOICE].value)]

    @property
    def values_by_path(self) -> dict[str, Value]:
        """In the words of people: a choice's word, a bool, a number in the setting's unit."""
        return {path: entry.value for path, entry in self._entries.items()}

    @property
    def numbers(self) -> dict[str, float]:
        """As the core holds them: a choice's index, 0 or 1, the number."""
        return {path: entry.number for path, entry in self._entries.items()}

    @property
    def changed(self) -> dict[str, Entry]:
        """The entries that some layer gave."""
        return {path: entry for path, entry in self._entries.items() if entry.layer != "default"}

    def as_json(self) -> list[dict[str, Any]]:
        """One row a setting, for the run folder: path, value, unit, origin."""
        return [
            {"path": path, "value": entry.value, "unit": entry.row.unit, "origin": entry.origin}
            for path, entry in self._entries.items()
        ]


def effective(
    bench: Bench | None = None, patient: Patient | None = None, protocol: Protocol | None = None, sets: Sequence[str] = ()
) -> Effective:
    """The settings before arming. Later layers go before earlier ones: default < model < bench < patient < protocol < --set.

    Args:
        sets: ``PATH=VALUE`` each, as on the command line; the last of a path counts.

    Raises:
        ConfigError: every ``--set`` that is wrong.
    """
    merged, problems = merge(bench, patient, protocol, sets)
    if problems:
        raise ConfigError(problems)
    return merged


def merge(
    bench: Bench | None,
    patient: Patient | None,
    protocol: Protocol | None,
    sets: Sequence[str],
    calibration: Calibration | None = None,
) -> tuple[Effective, list[Problem]]:
    """Like `effective`, but hands back what is wrong with `sets`; wrong ones are left out."""
    entries = {path: Entry(row, row.default, row.encode(row.default)) for path, row in settings().items()}
    layers: tuple[tuple[Layer, Rooted | None, dict[str, Value]], ...] = (
        ("bench", bench, bench.set if bench else {}),
        ("patient", patient, patient.set if patient else {}),
        ("protocol", protocol, protocol.set if protocol else {}),
    )
    measured = calibration.settings() if calibration is not None else {}
    model = _chosen(layers, sets)
    for path, value in model.set.items():
        row = settings()[path]
        entries[path] = Entry(row, value, row.encode(value), "model", model.name)
    left_out: list[str] = []
    for layer, file, given in layers:
        if layer == "patient":  # what was measured on this bench goes before what its file says
            for path, number in measured.items():
                entries[path] = Entry(
                    settings()[path], number, number, "calibration", str(calibration and calibration.path.name)
                )
        for path, value in given.items():
            row = settings()[path]
            if layer in ("bench", "patient") and path.startswith("patient.") and not model.takes_from_patient(path):
                left_out += [path] if layer == "patient" else []
                continue
            assert file is not None
            entries[path] = Entry(row, value, row.encode(value), layer, file.name, _where(file, path))
    problems: list[Problem] = []
    for text in sets:
        path, equals, word = (part.strip() for part in text.partition("="))
        try:
            if not equals or not path:
                raise Refused("is not PATH=VALUE", "a setting and its value, like iabp.assist=1:2")
            row = setting(path)
            if bench is not None and (needed := needed_by(path)) and needed not in bench.bench.offers:
                raise Refused(f'has no effect: the bench {bench.name} does not offer "{needed}"')
            value = value_of(row, word, text=True)
            entries[path] = Entry(row, value, row.encode(value), "--set", "", OPTION)
        except Refused as refused:
            shown = (path, word) if equals and path else ("", text)
            problems.append(_option_problem(*shown, refused.fault))
    return Effective(entries, left_out), problems


def _chosen(layers: Sequence[tuple[Layer, Rooted | None, Mapping[str, Value]]], sets: Sequence[str]) -> Model:
    """The circulation model: of the last layer that names one."""
    named = [str(given[CHOICE]) for _, _, given in layers if CHOICE in given]
    for path, _, word in (text.partition("=") for text in sets):
        if path.strip() == CHOICE and word.strip() in models():
            named.append(word.strip())
    return models()[named[-1] if named else FULL]


def _option_problem(path: str, word: str, fault: Fault) -> Problem:
    return Problem(OPTION, path, word, fault.what, fault.allowed, fault.hint)


def _where(file: Rooted, path: str) -> str:
    loc = ("set", path if file.source.holds(("set", path)) else path.removeprefix("patient."))
    return file.source.where(loc)
