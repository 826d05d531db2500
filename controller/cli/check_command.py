"""``mockloop check``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from controller import exit_codes
from controller.cli.output import as_json, fail


def command(
    files: Annotated[list[Path], typer.Argument(help="configuration files of any kind")],
    bench: Annotated[str | None, typer.Option(help="check protocols against this bench")] = None,
    json_: Annotated[bool, typer.Option("--json", help="print one JSON object")] = False,
) -> None:
    """Validates configuration files: every error with file:line:column, the value and what is allowed."""
    from controller.config.check import check

    found = {str(file): check(file, bench=bench) for file in files}
    if json_:
        as_json({"files": {file: [problem.as_json() for problem in problems] for file, problems in found.items()}})
    for file, problems in found.items():
        for problem in problems:
            typer.echo(str(problem), err=True)
        if not problems and not json_:
            typer.echo(f"{file}: ok")
    wrong = sum(len(problems) for problems in found.values())
    if wrong:
        fail(exit_codes.CONFIG, f"{wrong} problem{'s' if wrong > 1 else ''} found")
