"""``mockloop bench``."""

from __future__ import annotations

from subprocess import SubprocessError
from typing import TYPE_CHECKING, Annotated

import typer

from controller import exit_codes
from controller.cli.output import Failed, as_json, errors_as_codes, fail

if TYPE_CHECKING:
    from controller.benchmark.row import Row


def command(
    only: Annotated[list[str] | None, typer.Option(help="a measurement; may be repeated [default: all]")] = None,
    json_: Annotated[bool, typer.Option("--json", help="print one JSON object")] = False,
) -> None:
    """Measures speed: medians, and ratios to a reference in the same run. Wants a quiet machine."""
    from controller.benchmark import MEASUREMENTS, measure

    unknown = [name for name in only or () if name not in MEASUREMENTS]
    if unknown:
        fail(exit_codes.USAGE, f"bench {unknown[0]}: allowed is one of {', '.join(MEASUREMENTS)}")
    rows: list[Row] = []
    failed: dict[str, str] = {}
    for name in only or MEASUREMENTS:
        try:
            with errors_as_codes():
                rows += measure(name, lambda text: typer.echo(text, err=True))
        except Failed as error:
            if error.code == exit_codes.INTERRUPTED:
                raise
            failed[name] = str(error)
        except (RuntimeError, ValueError, SubprocessError) as error:  # of what it measures: the others are still worth having
            failed[name] = f"{type(error).__name__}: {error}"
    if json_:
        as_json({"measurements": [row.as_dict() for row in rows], "failed": failed})
    else:
        from rich.console import Console
        from rich.table import Table

        table = Table("what", "median", "unit", "target", "", "how", box=None, pad_edge=False)
        for row in rows:
            mark = "" if row.met is None else "[green]met[/]" if row.met else "[bold red]missed[/]"
            table.add_row(row.name, f"{row.value:.4g}", row.unit, row.target, mark, row.how)
        Console(highlight=False).print(table)
    if failed:
        fail(exit_codes.RIG, *(f"{name} could not be measured: {text}" for name, text in failed.items()))
