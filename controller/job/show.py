"""What people see of a run on the terminal: where things are, progress, alarms, the verdict."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from controller.protocol.progress import for_stream, terminal_operator
from controller.session.alarms import MARKS
from controller.session.events import Event

if TYPE_CHECKING:
    from controller.job.execute import Outcome

VERDICT_STYLE = {"PASS": "bold green", "FAIL": "bold red"}


class Screen:
    """Writes to stderr, so that ``--json`` has stdout to itself."""

    def __init__(self) -> None:
        self.progress = for_stream(sys.stderr)
        self.operator = terminal_operator(self.progress)

    @property
    def fd(self) -> int | None:
        """Where keys come from; None where nobody sits."""
        return sys.stdin.fileno() if sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty() else None

    def say(self, text: str) -> None:
        with self.progress.hidden():
            print(text, file=sys.stderr, flush=True)

    def event(self, event: Event) -> None:
        """Shows what is not mere information."""
        if event.priority != "info":
            self.say(f"{event.t_s:9.3f} s  {MARKS[event.priority]:3} {event.priority.upper()}: {event.text}")

    def close(self) -> None:
        self.progress.close()

    def outcome(self, outcome: Outcome, report: Path | None) -> None:
        """The verdict, each step with what failed, and where everything is."""
        from rich.console import Console
        from rich.table import Table

        console = Console(stderr=True, highlight=False)
        summary = outcome.summary
        table = Table(
            "step", "verdict", "MAP mmHg", "CO L/min", "LVEDP mmHg", "aug. mmHg", "what failed", box=None, pad_edge=False
        )
        for step in summary["steps"]:
            metrics = step["metrics"]
            shown = [_number(metrics.get(name)) for name in ("map_mmHg", "co_L_min", "lvedp_mmHg", "aop_augmented_mmHg")]
            style = {"pass": "green", "fail": "bold red"}.get(step["verdict"], "yellow")
            table.add_row(step["name"], f"[{style}]{step['verdict']}[/]", *shown, "\n".join(step["failures"]))
        console.print(table)
        simulated = "  [bold yellow]SIMULATED[/]" if summary["simulated"] else ""
        console.print(
            f"verdict      [{VERDICT_STYLE.get(summary['verdict'], 'bold yellow')}]{summary['verdict']}[/]{simulated}"
        )
        for line in (summary["reason"], *summary["tripped"]):
            if line:
                console.print(f"             {line}")
        folder = outcome.folder
        console.print(
            f"recording    {folder / 'recording.h5'}" + (f"  INCOMPLETE: {outcome.recording}" if outcome.recording else "")
        )
        if report is not None:
            console.print(f"report       {report}")
        late = summary["lateness_us"]
        if late:
            console.print(
                f"real time    {summary['ticks']} ticks, wake-up {late['median_us']:.0f} us late in the median, "
                f"{late['max_us'] / 1000:.1f} ms at most, {summary['missed_periods']} periods missed"
            )


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}"
