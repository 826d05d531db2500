from collections.abc import Mapping, Sequence

from numpy.typing import ArrayLike

from cext.rig import Rig

class RecordedRig(Rig):
    """Plays a record as inputs; outputs go nowhere. See recorded.pyx."""

    def __init__(
        self,
        values: ArrayLike,
        inputs: Sequence[str],
        outputs: Mapping[str, Mapping[str, float]],
        period_s: float,
        *,
        loop: bool = False,
        stop_chain: bool = True,
        about: Mapping[str, object] | None = None,
    ) -> None: ...
    @property
    def standing(self) -> dict[str, float]: ...
