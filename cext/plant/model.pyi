from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

COMPARTMENT_NAMES: tuple[str, ...]
FLOW_NAMES: tuple[str, ...]
EXTRA: tuple[str, ...]

class PlantModel:
    """The virtual patient with at most one balloon, a left and a right pump, and ECMO, stepped without a clock. See model.pyx."""

    def __init__(
        self,
        settings: Mapping[str, object] | None = None,
        balloon: dict[str, Any] | None = None,
        pump: dict[str, Any] | None = None,
        rpump: dict[str, Any] | None = None,
        dt_s: float = 1e-3,
        seed: int = 1,
    ) -> None: ...
    def set(self, settings: Mapping[str, object]) -> None:
        """Changes settings and derives the parameters anew; volumes stay. Raises ValueError for a path or value that cannot
        be."""
    def run(
        self,
        seconds: float,
        valve_pressure: ArrayLike = 0.0,
        valve_vacuum: ArrayLike = 0.0,
        pump_speed_rpm: ArrayLike = 0.0,
        pump_enable: ArrayLike = 0.0,
        rpump_speed_rpm: ArrayLike = 0.0,
        rpump_enable: ArrayLike = 0.0,
        ecmo_speed_rpm: ArrayLike = 0.0,
        ecmo_enable: ArrayLike = 0.0,
    ) -> dict[str, NDArray[np.float64]]:
        """Steps `seconds`; arrays of every plant.* signal, EXTRA, "v" (n, 18) mL and "q" (n, 27) mL/s."""
    def skip(
        self,
        seconds: float,
        valve_pressure: float = 0.0,
        valve_vacuum: float = 0.0,
        pump_speed_rpm: float = 0.0,
        pump_enable: float = 0.0,
        rpump_speed_rpm: float = 0.0,
        rpump_enable: float = 0.0,
        ecmo_speed_rpm: float = 0.0,
        ecmo_enable: float = 0.0,
    ) -> float:
        """Steps `seconds` with constant inputs and keeps nothing. Returns the wall time of a step in s."""
    @property
    def volumes_mL(self) -> dict[str, float]: ...
    @property
    def state(self) -> dict[str, Any]:
        """The state at present, for a test that goes on from it."""
