from collections.abc import Mapping
from typing import Any

from cext.rig import Rig

class LoopbackRig(Rig):
    """ECG and pressure outputs on the inputs of the same bench. See loopback.pyx."""

    def __init__(self, inputs: Mapping[str, Any], outputs: Mapping[str, Any]) -> None: ...
