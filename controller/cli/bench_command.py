"""``mockloop bench``."""

from __future__ import annotations

from typing import Annotated

import typer

from controller import exit_codes
from controller.cli.output import as_json, errors_as_codes, fail


def command(
    only: Annotated[list[str] | None, typer.Option(help="a measurement; may be repeated [default: all]")] = None,
    json_: Annotated[bool, typer.Option("--json", help="print one JSON object")] = False,
) -> None:
    """Measures speed: medians, and ratios to a reference in the same run. Wants a quiet machine."""
    from controller.benchmark import MEASUREMENTS, measure

    unknown = [name for name in only or () if name not in MEASUREMENTS]
    if unknown:
        fail(exit_codes.USAGE, f"bench {unknown[0]}: allowed is one of {', '.join(MEASUREMENTS)}")
    with errors_as_codes():
        rows = []
        for name in only or MEASUREMENTS:
            rows += measure(name, lambda text: typer.echo(text, err=True))
        if json_:
            as_json({"measurements": [row.as_dict() for row in rows]})
            return
        from rich.console import Console
        from rich.table import Table

        table = Table("what", "median", "unit", "target", "", "how", box=None, pad_edge=False)
        for row in rows:
            mark = "" if row.met is None else "[green]met[/]" if row.met else "[bold red]missed[/]"
            table.add_row(row.name, f"{row.value:.4g}", row.unit, row.target, mark, row.how)
        Console(highlight=False).print(table)
