"""Values for the settings table (cext/tables/settings), as people write them: in files, and as text on a command line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Annotated, Any

from pydantic import BeforeValidator

from cext.tables.load import Setting, Value, settings
from controller.config.errors import Fault, Loc
from controller.config.model import refuse
from controller.config.nearest import nearest, nearest_path

_QUANTITY = re.compile(r"([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(\S.*)?\Z")
_ALIKE = {"hz": "Hz", "l/min": "L/min", "ml": "mL", "mmhg": "mmHg", "kg/m2": "kg/m2"}  # spelling only, never a conversion


class Refused(ValueError):
    """A value that a setting does not take: `fault` says why, without a place."""

    def __init__(self, what: str, allowed: str = "", hint: str = "") -> None:
        super().__init__(what)
        self.fault = Fault((), what, allowed, hint)


def setting(path: str) -> Setting:
    """The row of the settings table.

    Raises:
        Refused: no such setting, or one that only the supervisor sets.
    """
    row = settings().get(path)
    if row is None:
        raise Refused("unknown setting", "what 'mockloop list settings' shows", nearest_path(path, _names()))
    if row.internal:
        raise Refused("is set by the supervisor, not by people")
    return row


def value_of(row: Setting, given: object, *, text: bool = False) -> Value:
    """`given` as the setting's value: float, int, bool, or the word of a choice.

    A number may carry its unit as text (``"70 bpm"``): it must be the setting's own unit, nothing is converted. A number
    in quotes without a unit is refused in a file, and is how everything arrives from a command line (`text`).

    Raises:
        Refused: wrong type, wrong unit, not finite, not one of the choices, out of range.
    """
    number: object = given
    if row.kind in ("float", "int"):
        number = _number(row, given, text)
    elif row.kind == "choice":
        _check_choice(row, given)
    elif not isinstance(given, bool) and not (isinstance(given, str) and given.strip() in ("on", "off", "true", "false")):
        raise Refused("is not on or off", row.allowed)
    try:
        return row.decode(row.encode(number))
    except (ValueError, OverflowError):
        raise Refused(_out(row, number), row.allowed) from None


def flat(table: Mapping[str, Any], group: str = "") -> Iterator[tuple[str, Loc, Any]]:
    """Path, place and value of each entry of a table of settings, whichever way it is written.

    ``"pump.level" = …``, ``pump.level = …`` and ``[set.pump] level = …`` are the same. With `group`, names without a
    point belong to it (a patient file writes ``hr_bpm`` for ``patient.hr_bpm``).
    """
    for key, value in table.items():
        if "." in key:
            yield key, (key,), value
        elif group and key != group:
            yield f"{group}.{key}", (key,), value
        elif isinstance(value, Mapping):
            for name, inner in value.items():
                yield f"{key}.{name}", (key, name), inner
        else:
            yield key, (key,), value


def read_set(table: Mapping[str, Any], group: str = "") -> tuple[dict[str, Value], list[Fault]]:
    """The values of a ``set`` table by path, and what is wrong with the others."""
    values: dict[str, Value] = {}
    found: list[Fault] = []
    for path, loc, given in flat(table, group):
        try:
            if group and not path.startswith(f"{group}."):
                raise Refused(f"only {group}.* is set here", f"the names of {group}.* in 'mockloop list settings'")
            row = setting(path)
            if path in values:
                raise Refused("is given twice")
            values[path] = value_of(row, given)
        except Refused as refused:
            fault = refused.fault
            found.append(Fault(loc, fault.what, fault.allowed, _short(fault.hint, group, loc)))
    return values, found


def _validate_set(table: object) -> object:
    return _validated(table, "")


def _validate_patient_set(table: object) -> object:
    return _validated(table, "patient")


def _validated(table: object, group: str) -> object:
    if not isinstance(table, Mapping):
        return table  # the declared type complains
    values, found = read_set(table, group)
    refuse(found)
    return values


# Field types. The dict that a model holds: full path -> value in the words of the setting (word of a choice, bool, number).
Settings = Annotated[dict[str, Any], BeforeValidator(_validate_set)]
PatientSettings = Annotated[dict[str, Any], BeforeValidator(_validate_patient_set)]


def _number(row: Setting, given: object, text: bool) -> float:
    if isinstance(given, bool) or not isinstance(given, (int, float, str)):
        raise Refused("is not a number", row.allowed)
    if isinstance(given, str):
        found = _QUANTITY.match(given.strip())
        if found is None:
            raise Refused("is not a number", row.allowed)
        if found[2] is None and not text:
            raise Refused("is text", row.allowed, f"{found[1]} without quotes")
        if found[2] is not None:
            _check_unit(row, found[2])
        given = float(found[1])
    try:
        number = float(given)
    except OverflowError:
        raise Refused(_out(row, given), row.allowed) from None
    if row.kind == "int" and number not in (float("inf"), float("-inf")) and number == number and number != int(number):
        raise Refused("is not a whole number", row.allowed)
    return number


def _check_unit(row: Setting, unit: str) -> None:
    if row.unit and _ALIKE.get(unit.lower(), unit) == row.unit:
        return
    if not row.unit:
        raise Refused(f"has the unit {unit}, but {row.path} has none", row.allowed)
    raise Refused(f"has the unit {unit}, but {row.path} is in {row.unit} (units are not converted)", row.allowed)


def _check_choice(row: Setting, given: object) -> None:
    if not isinstance(given, str):
        raise Refused("is not a word in quotes", row.allowed)
    if given.strip() not in row.choices:
        raise Refused("is not one of the choices", row.allowed, nearest(given, row.choices))


def _out(row: Setting, number: object) -> str:
    if isinstance(number, float) and number != number:
        return "is not a number (NaN)"
    if isinstance(number, (int, float)) and row.low is not None:
        return "is below the lowest value" if number < row.low else "is above the highest value"
    return "is refused"


@cache
def _names() -> tuple[str, ...]:
    return tuple(path for path, row in settings().items() if not row.internal)


def _short(hint: str, group: str, loc: Loc) -> str:
    return hint.removeprefix(f"{group}.") if group and loc and "." not in str(loc[0]) else hint
