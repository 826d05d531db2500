from collections.abc import Sequence

import numpy as np

from cext.clock import Clock

class Lines:
    ai_count: int
    di_count: int
    ao_count: int
    do_count: int
    counter_count: int
    dropped_scans: int
    def __init__(self, library: int, timeout_s: float) -> None: ...
    def attach(
        self,
        *,
        ai: int = 0,
        ai_count: int = 0,
        di: int = 0,
        di_count: int = 0,
        ao: int = 0,
        ao_count: int = 0,
        do: int = 0,
        do_count: int = 0,
        counters: Sequence[int] = (),
        watchdog_line: int = 0,
        watchdog_card: int = 0,
        kept_scans: int = 0,
    ) -> None: ...
    def detach(self) -> None: ...
    @property
    def error(self) -> str: ...
    def measure(self, count: int, clock: SampleClock | None = None) -> np.ndarray: ...

class SampleClock(Clock):
    def __init__(self, lines: Lines, period_us: int, real: bool) -> None: ...
