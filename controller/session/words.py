"""What a rig and its inputs have to say, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from cext.rig import Rig


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


def rig_words(rig: Rig, frame: np.void) -> str:
    """What the rig itself says of the error in this frame."""
    code = int(np.nan_to_num(frame["state.rig_error"]))
    return f". {code}: {words}" if (words := rig.explain(code)) else f". Code {code}"
