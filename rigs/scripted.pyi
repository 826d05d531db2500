from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from cext.rig import Rig

CALLS: tuple[str, ...]
LOG_DTYPE: np.dtype[np.void]

class ScriptedRig(Rig):
    """Plays arrays as inputs and keeps what it was told to put out. See scripted.pyx."""

    def __init__(
        self,
        values: ArrayLike,
        *,
        ages_s: ArrayLike | None = None,
        qualities: ArrayLike | None = None,
        codes: ArrayLike | None = None,
        rest: Mapping[str, float] | None = None,
        safe: Mapping[str, float] | None = None,
        log_size: int | None = None,
    ) -> None: ...
    @property
    def calls(self) -> np.ndarray: ...
