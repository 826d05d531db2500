"""``mockloop doctor``."""

from __future__ import annotations

from typing import Annotated

import typer

from controller import exit_codes
from controller.cli.output import as_json, errors_as_codes, fail

MARKS = {"ok": "[green]ok[/]", "warn": "[yellow]warn[/]", "fail": "[bold red]FAIL[/]"}
BAR = 40


def command(
    seconds: Annotated[float, typer.Option(help="how long to measure the wake-up lateness", min=0.2, max=3600.0)] = 5.0,
    bound_us: Annotated[float | None, typer.Option("--bound-us", min=1.0, help="no wake-up may be later than this")] = None,
    bench: Annotated[str | None, typer.Option(help="also look at the cards and drives of this bench")] = None,
    mqtt: Annotated[str | None, typer.Option(help="broker to look for: mqtt[s]://[user:password@]host[:port]")] = None,
    json_: Annotated[bool, typer.Option("--json", help="print one JSON object")] = False,
) -> None:
    """Looks at the machine: real-time rights and lateness, cards, drives, disk, broker; says what to do. Drives nothing."""
    from controller.config.experiment import load_experiment
    from controller.doctor import examine

    with errors_as_codes():
        experiment = load_experiment(None, bench=bench) if bench is not None else None
        try:
            findings = examine(seconds, bound_us, experiment, mqtt)
        except ValueError as error:
            fail(exit_codes.USAGE, f"--mqtt: {error}")
        if json_:
            as_json({"findings": [finding.as_dict() for finding in findings]})
        else:
            from rich.console import Console
            from rich.table import Table

            console = Console(highlight=False)
            table = Table("", "what", "found", "what to do", box=None, pad_edge=False)
            for finding in findings:
                table.add_row(MARKS[finding.grade], finding.name, finding.text, finding.advice)
            console.print(table)
            for finding in findings:
                if finding.histogram:
                    console.print(f"\n{finding.name}")
                    for line in _bars(finding.histogram):
                        console.print(line)
    if any(finding.grade == "fail" for finding in findings):
        raise typer.Exit(exit_codes.FAIL)


def _bars(rows: tuple[tuple[float, int], ...]) -> list[str]:
    """A line a bin: a bar as long as its share (log scale would hide what matters: how many), and the count."""
    most = max(count for _, count in rows)
    return [
        f"  up to {upper:7.0f} us  {'█' * max(round(BAR * count / most), 1 if count else 0):{BAR}} {count}"
        for upper, count in rows
    ]
