"""What a rig and its inputs have to say, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def in_words(found: Mapping[str, Any]) -> str:
    """What a rig found at opening, in one line."""
    parts = (
        f"{key} {', '.join(map(str, value.values())) if isinstance(value, Mapping) else value}" for key, value in found.items()
    )
    return "; ".join(parts)


def input_names(mask: int) -> list[str]:
    """The inputs of a bit mask that is ``state.bad_inputs``, with what that means."""
    from cext.tables.load import inputs

    return [f"{signal.path}: not finite, out of range or stale" for i, signal in enumerate(inputs()) if mask >> i & 1]
