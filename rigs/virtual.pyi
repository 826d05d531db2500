from collections.abc import Mapping
from typing import Any

from cext.rig import Rig

class VirtualRig(Rig):
    """A simulated bench: actuator models, the plant, sensor models. See virtual.pyx."""

    def __init__(
        self,
        inputs: Mapping[str, Mapping[str, Any]],
        outputs: Mapping[str, Mapping[str, Any]],
        devices: Mapping[str, dict[str, Any]],
        seed: int,
        period_s: float,
    ) -> None: ...
