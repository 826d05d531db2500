"""Settings as they are asked for on an open bench."""

from __future__ import annotations

from collections.abc import Container, Mapping

from cext.tables.load import Value, settings
from controller.config.capabilities import TRIGGER_INPUTS


def encoded(values: Mapping[str, Value], in_force: Mapping[str, Value], channels: Container[str]) -> dict[str, float]:
    """The numbers that stand for `values`, by path.

    Args:
        in_force: every setting as last asked for. channels: the inputs of the bench, without ``in.``.

    Raises:
        KeyError: no such setting. ValueError: a value that its setting does not take, or a balloon pump on a trigger that the
            bench cannot see.
    """
    numbers = {path: settings()[path].encode(value) for path, value in values.items()}
    then = {**in_force, **{path: settings()[path].decode(number) for path, number in numbers.items()}}
    channel = TRIGGER_INPUTS.get(str(then["iabp.trigger"]))
    if then["iabp.enabled"] and {"iabp.trigger", "iabp.enabled"} & values.keys() and channel and channel not in channels:
        able = [
            word
            for word in settings()["iabp.trigger"].choices
            if TRIGGER_INPUTS.get(word, "") in channels or word == "internal"
        ]
        what = f"iabp.trigger = {then['iabp.trigger']} is refused: the bench has no input {channel}"
        raise ValueError(f"{what}; allowed is {', '.join(able)}")
    return numbers
