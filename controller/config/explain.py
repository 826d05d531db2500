"""Pydantic's errors in the words of people, each at its place in the file."""

from __future__ import annotations

import typing
from collections.abc import Iterator
from dataclasses import replace
from types import NoneType, UnionType
from typing import Annotated, Any, Union

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from controller.config.errors import Fault, Loc
from controller.config.model import FAULTS
from controller.config.nearest import nearest

_KINDS = {
    "string_type": "text in quotes",
    "float_type": "a number",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "tuple_type": "a list [ … ]",
    "dict_type": "a table",
    "model_type": "a table",
    "model_attributes_type": "a table",
    "int_from_float": "a whole number",
}


def faults(error: ValidationError, model: type[BaseModel]) -> list[Fault]:
    """Every fault that `error`, raised by `model`, reports."""
    details = error.errors(include_url=False)
    return [fault for detail in details if not _only_follows(detail, details) for fault in _of(detail, model)]


def _only_follows(detail: ErrorDetails, details: list[ErrorDetails]) -> bool:
    """A list that is too short for pydantic because it counts valid items only."""
    loc = detail["loc"]
    return detail["type"] == "too_short" and any(d["loc"][: len(loc)] == loc and d is not detail for d in details)


def _of(detail: ErrorDetails, model: type[BaseModel]) -> Iterator[Fault]:
    kind, loc, value = detail["type"], detail["loc"], detail["input"]
    limits: dict[str, Any] = detail.get("ctx") or {}
    if kind == FAULTS:
        for fault in limits[FAULTS]:
            looked_in = None if fault.absent_from is None else (*loc, *fault.absent_from)
            yield replace(fault, loc=(*loc, *fault.loc), absent_from=looked_in)
    elif kind == "extra_forbidden":
        known = _keys(model, loc[:-1])
        yield Fault(loc, "unknown key", ", ".join(known), nearest(str(loc[-1]), known))
    elif kind == "missing":
        yield Fault(loc, "is required and missing", missing=True)
    elif kind in _KINDS:
        hint = ""
        if isinstance(value, str) and kind in ("float_type", "int_type", "bool_type"):
            hint = _unquoted(value)
        yield Fault(loc, f"is {_noun(value)}", _KINDS[kind], hint)
    elif kind in ("greater_than_equal", "greater_than"):
        bound = limits["ge"] if "ge" in limits else limits["gt"]
        yield Fault(loc, "is too low", f"{bound:g} and more" if "ge" in limits else f"more than {bound:g}")
    elif kind in ("less_than_equal", "less_than"):
        bound = limits["le"] if "le" in limits else limits["lt"]
        yield Fault(loc, "is too high", f"{bound:g} and less" if "le" in limits else f"less than {bound:g}")
    elif kind == "finite_number":
        yield Fault(loc, "is not finite", "a finite number")
    elif kind == "literal_error":
        words = _choices(model, loc)
        hint = nearest(value, words) if isinstance(value, str) else ""
        yield Fault(loc, "is not one of the words", ", ".join(words) or limits["expected"], hint)
    elif kind == "string_too_short":
        yield Fault(loc, "is empty", f"at least {limits['min_length']} character{'s'[: limits['min_length'] - 1]}")
    elif kind == "string_too_long":
        yield Fault(loc, "is too long", f"at most {limits['max_length']} characters")
    elif kind == "string_pattern_mismatch":
        yield Fault(loc, "is not a name", "letters, digits, points, dashes and underscores, a letter or digit first")
    elif kind == "too_short":
        yield Fault(loc, f"has {limits['actual_length']} items", f"at least {limits['min_length']}")
    elif kind == "too_long":
        yield Fault(loc, "has too many items", f"at most {limits['max_length']}")
    else:
        yield Fault(loc, detail["msg"][:1].lower() + detail["msg"][1:])


def _noun(value: object) -> str:
    match value:
        case bool():
            return "true or false"
        case str():
            return "text"
        case int() | float():
            return "a number"
        case list() | tuple():
            return "a list"
        case dict():
            return "a table"
        case _:
            return "a date or time"


def _unquoted(text: str) -> str:
    word = text.strip()
    try:
        float(word)
    except ValueError:
        return word if word in ("true", "false") else ""
    return f"{word} without quotes"


def _keys(model: type[BaseModel], loc: Loc) -> list[str]:
    found = declared_at(model, loc)
    return list(found.model_fields) if isinstance(found, type) and issubclass(found, BaseModel) else []


def _choices(model: type[BaseModel], loc: Loc) -> list[str]:
    found = declared_at(model, loc)
    return [str(word) for word in typing.get_args(found)] if typing.get_origin(found) is typing.Literal else []


def declared_at(model: type[BaseModel], loc: Loc) -> Any:
    """The type that the models declare at `loc`; None where that is not known."""
    here: Any = model
    for part in loc:
        here = _plain(here)
        if isinstance(here, type) and issubclass(here, BaseModel):
            field = here.model_fields.get(str(part))
            here = None if field is None else field.annotation
        else:
            arguments = typing.get_args(here)
            origin = typing.get_origin(here)
            if origin is dict:
                here = arguments[1]
            elif origin is tuple and arguments:
                here = arguments[0]
            else:
                return None
    return _plain(here)


def _plain(annotation: Any) -> Any:
    """Without Annotated and without the None of an optional."""
    while True:
        origin = typing.get_origin(annotation)
        if origin is Annotated:
            annotation = typing.get_args(annotation)[0]
        elif origin in (Union, UnionType):
            rest = [a for a in typing.get_args(annotation) if a is not NoneType]
            if len(rest) != 1:
                return None
            annotation = rest[0]
        else:
            return annotation
