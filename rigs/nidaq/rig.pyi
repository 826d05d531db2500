from typing import Any

from cext.clock import Clock
from cext.rig import Rig
from rigs.nidaq.driver import Driver
from rigs.nidaq.lines import Lines
from rigs.nidaq.wiring import Wiring

class NidaqRig(Rig):
    lines: Lines
    wiring: Wiring
    found: dict[str, str]
    measured: str
    def __init__(self, wiring: Wiring, driver: Driver, period_s: float, reads: int = ...) -> None: ...
    def make_clock(self, realtime: bool) -> Clock | None: ...
    def explain(self, code: int) -> str: ...
    def header(self) -> dict[str, Any]: ...
