"""``mockloop replay``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from controller import exit_codes
from controller.cli.output import as_json, errors_as_codes, fail


def command(
    run: Annotated[Path, typer.Argument(help="run folder with a recording of the policy full")],
    json_: Annotated[bool, typer.Option("--json", help="print one JSON object")] = False,
) -> None:
    """Plays a recording as inputs and compares the outputs, tick by tick; exit code 1 where they differ."""
    with errors_as_codes():
        from controller.replay import CannotReplay, replay

        try:
            played = replay(run)
        except CannotReplay as error:
            fail(exit_codes.RIG, str(error))
        if json_:
            as_json(played.as_json())
        elif not played.deviations:
            typer.echo(f"{played.ticks} ticks replayed: every output is the same, bit for bit")
        else:
            if played.realtime:
                typer.echo("recorded in real time: what was asked for is placed to a slice of 50 ms, not to a tick")
            for row in played.deviations:
                typer.echo(
                    f"tick {row.tick} ({row.tick * played.period_s:.3f} s)  {row.channel}: recorded {row.recorded:.9g}, "
                    f"replayed {row.replayed:.9g}; differs in {row.ticks} of {played.ticks} ticks"
                )
        raise typer.Exit(exit_codes.FAIL if played.deviations else exit_codes.OK)
