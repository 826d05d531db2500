"""Arming check: STOP is not held. The machine would not follow (cext/tables/transitions.toml); this says why beforehand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cext.states import names_of

if TYPE_CHECKING:
    from controller.session.session import Session


def stop_released(session: Session) -> list[str]:
    """STOP in the last frame."""
    held = "stop" in names_of(int(np.nan_to_num(session.latest["state.conditions"])))
    return ["STOP is held: release it"] if held else []
