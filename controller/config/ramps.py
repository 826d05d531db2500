"""The ``ramp`` table of a step: settings that move in a straight line to a new value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator

from controller.config.errors import Fault, Loc
from controller.config.model import refuse
from controller.config.nearest import nearest
from controller.config.settings import Refused, setting, value_of

_KEYS = ("to", "over_s")
_LONGEST_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Ramp:
    """From the value in force to `to` (in the setting's unit), in a straight line, in `over_s` seconds."""

    to: float
    over_s: float


def read_ramps(table: Mapping[str, Any]) -> tuple[dict[str, Ramp], list[Fault]]:
    """The ramps of a ``ramp`` table by the setting's path, and what is wrong with the others."""
    ramps: dict[str, Ramp] = {}
    found: list[Fault] = []
    for path, loc, given in _entries(table):
        faults: list[Fault] = []
        to = over_s = 0.0
        try:
            row = setting(path)
            if path in ramps:
                raise Refused("is given twice")
            if row.kind != "float":
                raise Refused(f"cannot be ramped: it is {'a choice' if row.kind == 'choice' else row.kind}", "set = { … }")
            if not isinstance(given, Mapping):
                raise Refused("is not a ramp", "{ to = …, over_s = … }")
        except Refused as refused:
            f = refused.fault
            found.append(Fault((*loc, *f.loc), f.what, f.allowed, f.hint))
            continue
        faults += [Fault((*loc, k), "unknown key", ", ".join(_KEYS), nearest(k, _KEYS)) for k in given if k not in _KEYS]
        faults += [Fault((*loc, k), "is required and missing", missing=True) for k in _KEYS if k not in given]
        if "to" in given:
            try:
                to = float(value_of(row, given["to"]))
            except Refused as refused:
                faults.append(Fault((*loc, "to"), refused.fault.what, refused.fault.allowed, refused.fault.hint))
        if "over_s" in given:
            over = given["over_s"]
            if isinstance(over, bool) or not isinstance(over, (int, float)) or not 0.0 < over <= _LONGEST_S:
                faults.append(Fault((*loc, "over_s"), "is no duration", f"a number of seconds above 0, to {_LONGEST_S:g}"))
            else:
                over_s = float(over)
        found += faults
        if not faults:
            ramps[path] = Ramp(to, over_s)
    return ramps, found


def _entries(table: Mapping[str, Any]) -> Iterator[tuple[str, Loc, Any]]:
    """Like `settings.flat`, where the value is itself a table: ``pump.speed_rpm = {…}`` nests two deep."""
    for key, value in table.items():
        if "." in key or not isinstance(value, Mapping) or any(k in value for k in _KEYS):
            yield key, (key,), value
        else:
            for name, inner in value.items():
                yield f"{key}.{name}", (key, name), inner


def _validate(table: object) -> object:
    if not isinstance(table, Mapping):
        return table
    ramps, found = read_ramps(table)
    refuse(found)
    return ramps


Ramps = Annotated[dict[str, Any], BeforeValidator(_validate)]  # path -> Ramp
