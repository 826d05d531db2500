from collections.abc import Iterable
from typing import Any

SENSOR_KEYS: tuple[str, ...]
ACTUATOR_KEYS: tuple[str, ...]

def second_order_step(natural_hz: float, damping: float, dt: float) -> tuple[float, float, float, float, float, float]: ...
def sensor_response(
    table: dict[str, Any],
    limits: tuple[float, float],
    truth: Iterable[float],
    dt_s: float,
    seed: int = 0,
    channel: str = "sensor",
) -> tuple[list[float], list[bool]]: ...
def actuator_response(
    table: dict[str, Any], limits: tuple[float, float], commands: Iterable[float], dt_s: float, start: float = 0.0
) -> list[float]: ...
