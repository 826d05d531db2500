"""Which frames are kept: the policies by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from controller.recording.beats import Beats
from controller.recording.decimated import Decimated
from controller.recording.full import Full
from controller.recording.header import Header
from controller.recording.layout import Layout
from controller.recording.packing import Rows


class Policy(Protocol):
    """Turns frames into rows. Frames below `safe` are wholly in rows given out (or need none)."""

    layout: Layout
    safe: int

    @property
    def clipped(self) -> int: ...

    def take(self, frames: np.ndarray[Any, Any], first: int) -> list[Rows]: ...

    def note(self, tick: int) -> list[Rows]: ...

    def finish(self) -> list[Rows]: ...


def policy(name: str, header: Header, block_frames: int) -> Policy:
    """The policy of that name. Raises HeaderError for an option that is not allowed, KeyError for an unknown name."""
    kinds: dict[str, Callable[[Header, int], Policy]] = {"full": Full, "decimated": Decimated, "beats": Beats}
    return kinds[name](header, block_frames)
