from collections.abc import Mapping, Sequence

from cext.rig import Rig

KINDS: dict[str, int]
DEVICE_KINDS: tuple[str, ...]

class FaultyRig(Rig):
    inner: Rig
    parts: dict[str, list[str]]
    def __init__(
        self, inner: Rig, seed: int = 0, period_s: float = 0.001, parts: Mapping[str, Sequence[str]] = ...
    ) -> None: ...
    def channels_of(self, where: str) -> list[str]: ...
    def check(self, channel: str, kind: str, duration_s: float, amount_s: float) -> None: ...
    def inject(
        self,
        channel: str,
        kind: str,
        *,
        begin_s: float | None = None,
        duration_s: float = ...,
        gain: float = 1.0,
        offset: float = 0.0,
        amount_s: float = 0.05,
    ) -> int: ...
    def clear(self, number: int | None = None) -> None: ...
