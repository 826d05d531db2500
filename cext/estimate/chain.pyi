from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

BEAT_DTYPE: np.dtype[np.void]

class Chain:
    """The estimators of the tick over arrays; see chain.pyx."""

    @property
    def notch_before_s(self) -> float: ...
    def __init__(self, values: Mapping[str, float], period_s: float = 1e-3) -> None: ...
    def run(
        self, ecg_mV: ArrayLike, aop_mmHg: ArrayLike, sync: ArrayLike | None = None, balloon: ArrayLike | None = None
    ) -> tuple[NDArray[np.void], NDArray[np.uint8]]: ...
