"""Metrics as a test asks for them: a number, or a failure that says why there is none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from cext.tables.metrics import metrics

if TYPE_CHECKING:
    from controller.metrics import Window


class Measured(Mapping[str, float]):
    """Means over a window of beats. ``measured["map_mmHg"]`` is a number in the metric's unit.

    Iterates over the metrics that have a value. `window` holds the rest: standard deviations, counts, reasons.
    """

    def __init__(self, window: Window) -> None:
        self.window = window

    def __getitem__(self, name: str) -> float:
        """Raises KeyError: no such metric. AssertionError: it has no value in this window, and why."""
        known(name)
        value = self.window.values[name]
        if value is None:
            raise AssertionError(f"{name} has no value in this window: {self.window.reasons.get(name, 'not known')}")
        return value

    def __iter__(self) -> Iterator[str]:
        return (name for name, value in self.window.values.items() if value is not None)

    def __len__(self) -> int:
        return sum(value is not None for value in self.window.values.values())

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self.window.values.get(name) is not None

    def half_width(self, name: str) -> float | None:
        """Half-width of the 95 % interval of a mean, from the means of whole assist groups; None of fewer than two."""
        from controller.report.uncertainty import of_mean

        return of_mean(self.window.uncertainty[name], self.window.beats // self.window.group)

    def __repr__(self) -> str:
        window = self.window
        return f"<{len(self)} metrics of {window.beats} beats from {window.start_s:.3f} s on, {window.duration_s:.3f} s>"


def known(name: str) -> None:
    """Raises KeyError with the nearest name if there is no such metric."""
    if name not in metrics():
        from controller.config.nearest import nearest

        near = nearest(name, metrics())
        raise KeyError(f"there is no metric {name}" + (f"; did you mean {near}?" if near else "; see mockloop list metrics"))
