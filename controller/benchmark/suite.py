"""The measurements by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from controller.benchmark.core import plant, ring, tick
from controller.benchmark.job import job
from controller.benchmark.realtime import realtime
from controller.benchmark.row import Row
from controller.benchmark.timing import timing
from controller.benchmark.wires import wires

MEASUREMENTS: dict[str, Callable[[], Iterator[Row]]] = {
    "plant": plant,
    "tick": tick,
    "ring": ring,
    "timing": timing,
    "wires": wires,
    "realtime": realtime,
    "job": job,
}


def measure(name: str, say: Callable[[str], None]) -> list[Row]:
    """Runs one measurement. Raises KeyError for an unknown name."""
    say(f"measuring {name} …")
    return list(MEASUREMENTS[name]())
