from collections.abc import Mapping
from typing import Any

from cext.rig import Rig

class PumpDrive(Rig):
    """A pump drive on Modbus. See pump_drive.pyx."""

    def __init__(
        self, drive: Mapping[str, Any], connection: Mapping[str, Any], outputs: Mapping[str, Any], period_s: float, part: bool = False
    ) -> None: ...
    @property
    def serves(self) -> tuple[str, ...]: ...
    @property
    def takes(self) -> tuple[str, ...]: ...
