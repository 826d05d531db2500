from collections.abc import Mapping, Sequence

LEVELS: tuple[str, ...]

class Spec:
    def __init__(
        self,
        inputs_: Mapping[str, Mapping[str, float]],
        outputs_: Mapping[str, Mapping[str, float]],
        *,
        period_s: float = 0.001,
        overrun_trips: bool = False,
        overrun_limit: int = 0,
        level_rpm: Sequence[float | None] = (),
        pump_range_rpm: tuple[float, float] = (0.0, 0.0),
        boost_rpm: float | None = None,
        boost_s: float | None = None,
        auto_s: float | None = None,
        differential: bool = False,
        right_level_rpm: Sequence[float | None] = (),
    ) -> None: ...
