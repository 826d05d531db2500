"""What stands on the terminal of `mockloop io`: all inputs, all outputs, which one the hand is on, and what was found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cext.tables.load import inputs, outputs
from controller.commissioning.hands import WITH

if TYPE_CHECKING:
    from controller.commissioning.hands import Hands
    from controller.commissioning.points import PointList

QUALITY = ("", "absent", "stale", "device", "range")
SIGNS = {"open": "[dim]·[/]", "ok": "[green]✓[/]", "wrong": "[bold red]✗[/]"}
STEPS = 10  # of an output's range, by the arrow keys


class Panel:
    """The channels in order, the one that is chosen, and the value that each output would be held at."""

    def __init__(self, hands: Hands, points: PointList) -> None:
        self._hands, self.points = hands, points
        self.channels = list(points.points)
        self.at = next((i for i, path in enumerate(self.channels) if path.startswith("out.")), 0)
        self.held = False
        self.say = "nothing is energised: a arms"
        self.wanted = {
            f"out.{name}": row.range[1] if row.range == (0.0, 1.0) else row.range[0] for name, row in hands.outputs.items()
        }
        self._signals = {signal.path: signal for signal in (*inputs(), *outputs())}
        self._index = {signal.path: i for i, signal in enumerate(inputs())}

    @property
    def chosen(self) -> str:
        return self.channels[self.at]

    @property
    def output(self) -> str | None:
        """The chosen output, without its group; None where an input is chosen."""
        return self.chosen.removeprefix("out.") if self.chosen.startswith("out.") else None

    def move(self, by: int) -> None:
        self.at = (self.at + by) % len(self.channels)

    def change(self, by: int) -> None:
        """Moves the value that the chosen output would be held at by a tenth of its range, within it."""
        if self.output is None:
            return
        low, high = self._hands.outputs[self.output].range
        step = (high - low) / STEPS if (low, high) != (0.0, 1.0) else 1.0
        self.wanted[self.chosen] = min(max(self.wanted[self.chosen] + by * step, low), high)

    def table(self) -> Any:
        """The whole picture, to be shown by rich."""
        from rich.console import Group
        from rich.table import Table

        latest, session = self._hands.session.latest, self._hands.session
        left, right = _table(), _table()
        for path in self.channels:
            mark = SIGNS[self.points.points[path].mark]
            name = f"[reverse]{path.partition('.')[2]}[/]" if path == self.chosen else path.partition(".")[2]
            value, unit = float(latest[path]), self._signals[path].unit
            if path.startswith("in."):
                quality = QUALITY[min(int(latest["quality"][self._index[path]]), 4)]
                left.add_row(mark, name, _number(value), unit, f"[yellow]{quality}[/]")
            else:
                held = self.held and path == self.chosen
                hold = (
                    f"[bold yellow]HELD {_number(self.wanted[path])}[/]" if held else f"[dim]→ {_number(self.wanted[path])}[/]"
                )
                right.add_row(mark, name, _number(value), unit, hold)
        whole = Table.grid(padding=(0, 2))
        whole.add_row(left, right)
        simulated = " [bold yellow]SIMULATED[/]" if self._hands.bench.bench.simulated else ""
        state = f"[bold]{session.state}[/]" + (f" [red]{', '.join(session.latched)}[/]" if session.latched else "")
        partners = ", ".join(f"{name} = {value:g}" for name, value in WITH.get(self.output or "", {}).items())
        return Group(
            f"[bold]{self._hands.bench.name}[/]{simulated}  {state}  readings by the bench file alone",
            whole,
            f"{self.say}",
            "[bold]hold space: energise[/]" + (f" [dim](with {partners})[/]" if partners else ""),
            "[dim]a arm · r reset · ↑↓ choose · ←→ value · enter ok · x wrong · u open · q end[/]",
        )


def _table() -> Any:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 1))
    for justify in ("left", "left", "right", "left", "left"):
        table.add_column(justify=justify, no_wrap=True)
    return table


def _number(value: float) -> str:
    if not np.isfinite(value):
        return "–"
    return f"{value:.0f}" if abs(value) >= 1000.0 else f"{value:.2f}"
