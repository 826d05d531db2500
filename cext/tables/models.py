"""The table of circulation models (models.toml): what each has, and what it does not.

The choice itself is the setting ``patient.model``; docs/adr says why.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from cext.tables.load import FOLDER, Value, settings, signals

FULL = "full"
CHOICE = "patient.model"
MODELLED = "plant."
DEVICES = {"iabp": "a balloon in the descending aorta", "rpump": "a right pump", "ecmo": "an ECMO circuit"}


@dataclass(frozen=True, slots=True)
class Model:
    """One circulation model. Columns as in models.toml; `numbers` with the unit in the name."""

    name: str
    title: str
    extent: str
    source: str = ""
    offers: tuple[str, ...] = ()
    settings: frozenset[str] = frozenset()
    impersonal: frozenset[str] = frozenset()
    signals: frozenset[str] = frozenset()
    set: Mapping[str, Value] = field(default_factory=dict)
    range: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    numbers: Mapping[str, float] = field(default_factory=dict)

    @property
    def whole(self) -> bool:
        return self.name == FULL

    def carries(self, capability: str) -> bool:
        """Whether it can serve a capability of a bench."""
        return self.whole or capability in self.offers

    def has(self, signal: str) -> bool:
        """Whether a ``plant.*`` signal is a number in it; other signals are not its business."""
        return self.whole or not signal.startswith(MODELLED) or signal in self.signals

    def takes_from_patient(self, path: str) -> bool:
        """Whether a patient's file may give this ``patient.*`` setting here."""
        return self.whole or path in self.settings - self.impersonal

    def default(self, path: str) -> Value:
        """Of a setting, in this model."""
        return self.set.get(path, settings()[path].default)

    def refuses(self, path: str, value: Value) -> tuple[str, str] | None:
        """What is wrong with a setting, and what is allowed; None where it is taken. A default asks for nothing."""
        if self.whole or value in (self.default(path), settings()[path].default):
            return None
        group = path.partition(".")[0]
        if group in DEVICES:
            return f"has no effect: the circulation model {self.name} has no place for {DEVICES[group]}", f"{CHOICE} = {FULL}"
        if group == "patient" and path not in self.settings:
            allowed = f"what 'mockloop list models' shows, or {CHOICE} = {FULL}"
            return f"has no effect: the circulation model {self.name} is {self.extent}", allowed
        low, high = self.range.get(path, (float("-inf"), float("inf")))
        if isinstance(value, (int, float)) and not isinstance(value, bool) and not low <= value <= high:
            unit = settings()[path].unit
            return f"is out of the range of the circulation model {self.name}", f"{low:g} to {high:g} {unit}".rstrip()
        return None


@cache
def models() -> dict[str, Model]:
    """Every model by its name, in the order of the choice ``patient.model``.

    Raises:
        ValueError: a row names a setting or signal that does not exist, or the choices differ from the rows.
    """
    with (FOLDER / "models.toml").open("rb") as file:
        rows = tomllib.load(file)
    if tuple(rows) != settings()[CHOICE].choices:
        raise ValueError(f"models {list(rows)} differ from the choices of {CHOICE}")
    known = {signal.path for signal in signals()}
    found = {}
    for name, row in rows.items():
        ranges = {path: (low, high) for path, (low, high) in row.pop("range", {}).items()}
        model = Model(
            name=name,
            offers=tuple(row.pop("offers", ())),
            settings=frozenset(f"patient.{one}" for one in row.pop("settings", ())),
            impersonal=frozenset(f"patient.{one}" for one in row.pop("impersonal", ())),
            signals=frozenset(f"{MODELLED}{one}" for one in row.pop("signals", ())),
            range=ranges,
            **row,
        )
        unknown = {*model.settings, *model.set, *ranges} - settings().keys() | model.signals - known
        if unknown or not model.impersonal <= model.settings:
            raise ValueError(f"model {name}: {sorted(unknown or model.impersonal - model.settings)} does not belong there")
        for path, value in model.set.items():
            settings()[path].encode(value)
        found[name] = model
    return found


def model_of(values: Mapping[str, object]) -> Model:
    """The model that settings in the user's words, by path, have chosen; the full one where they say nothing."""
    return models()[str(values.get(CHOICE, FULL))]
