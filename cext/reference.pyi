from cext.realtime import Right
from cext.statistics import Histogram

class WakeReference:
    def __init__(
        self,
        period_us: int = 1000,
        phase_us: int = 0,
        *,
        fifo_priority: int | None = None,
        cpu: int | None = None,
        timer_slack_ns: int = 1,
    ) -> None: ...
    @property
    def running(self) -> bool: ...
    @property
    def missed(self) -> int: ...
    def start(self) -> list[Right]: ...
    def stop(self) -> None: ...
    def histogram(self) -> Histogram: ...
