"""What people see of a run on the terminal: where things are, progress, alarms, the verdict."""

from __future__ import annotations

import sys
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


def show(outcome: Outcome) -> None:
    """The verdict, each step with what failed below the table, and where everything is; on stderr, 80 columns do."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console(stderr=True, highlight=False)
    summary = outcome.summary

    def line(head: str, text: str) -> None:
        console.print(f"{head:13}{text}", soft_wrap=True)  # the terminal wraps: a path stays in one piece

    table = Table("step", "verdict", "MAP mmHg", "CO L/min", "LVEDP mmHg", "aug. mmHg", box=None, pad_edge=False)
    for column in table.columns[1:]:
        column.no_wrap = True
    for step in summary["steps"]:
        metrics = step["metrics"]
        shown = [_number(metrics.get(name)) for name in ("map_mmHg", "co_L_min", "lvedp_mmHg", "aop_augmented_mmHg")]
        style = {"pass": "green", "fail": "bold red"}.get(step["verdict"], "yellow")
        table.add_row(escape(step["name"]), f"[{style}]{step['verdict']}[/]", *shown)
    console.print(table)
    for step in summary["steps"]:
        for failure in step["failures"]:
            line("failed", escape(f"{step['name']}: {failure}"))
    simulated = f"  [bold yellow]{escape(summary['hardware'])}[/]" if summary["simulated"] else ""
    line("verdict", f"[{VERDICT_STYLE.get(summary['verdict'], 'bold yellow')}]{summary['verdict']}[/]{simulated}")
    for text in (summary["reason"], *summary["tripped"]):
        if text:
            line("", escape(text))
    lost = f"  INCOMPLETE: {outcome.recording}" if outcome.recording else ""
    line("recording", escape(f"{outcome.folder / 'recording.h5'}{lost}"))
    if outcome.report is not None:
        line("report", escape(str(outcome.report)))
    late = summary["lateness_us"]
    if late:
        line(
            "real time",
            f"{summary['ticks']} ticks = {summary['loop_time_s']:.3f} s of loop time; {summary['missed_periods']} periods missed = "
            f"{summary['missed_s']:.3f} s more on the clock",
        )
        line("", f"wake-up {late['median_us']:.0f} us late in the median, {late['max_us'] / 1000:.1f} ms at most")


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}"
