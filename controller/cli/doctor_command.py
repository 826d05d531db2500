"""``mockloop doctor``."""

from __future__ import annotations

from typing import Annotated

import typer

from controller import exit_codes
from controller.cli.output import as_json, errors_as_codes

MARKS = {"ok": "[green]ok[/]", "warn": "[yellow]warn[/]", "fail": "[bold red]FAIL[/]"}


def command(
    seconds: Annotated[float, typer.Option(help="how long to measure the wake-up lateness", min=0.2, max=3600.0)] = 5.0,
    json_: Annotated[bool, typer.Option("--json", help="print one JSON object")] = False,
) -> None:
    """Looks at the machine: real-time rights and lateness, processor, disk, broker port; says what to do."""
    from controller.doctor import examine

    with errors_as_codes():
        findings = examine(seconds)
        if json_:
            as_json({"findings": [finding.as_dict() for finding in findings]})
        else:
            from rich.console import Console
            from rich.table import Table

            table = Table("", "what", "found", "what to do", box=None, pad_edge=False)
            for finding in findings:
                table.add_row(MARKS[finding.grade], finding.name, finding.text, finding.advice)
            Console(highlight=False).print(table)
    if any(finding.grade == "fail" for finding in findings):
        raise typer.Exit(exit_codes.FAIL)
