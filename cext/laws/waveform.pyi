from collections.abc import Sequence

from numpy.typing import ArrayLike

from cext.law import Law

class WaveformLaw(Law):
    """Puts out arrays. See waveform.pyx."""

    def __init__(self, values: ArrayLike, outputs: Sequence[str], *, repeats: bool = False) -> None: ...
    @property
    def played(self) -> int: ...
