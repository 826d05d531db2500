"""``mockloop report``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from controller import exit_codes
from controller.cli.output import as_json, errors_as_codes, fail


def command(
    run: Annotated[Path, typer.Argument(help="run folder, finished, running or left by a killed run")],
    json_: Annotated[bool, typer.Option("--json", help="print one JSON object")] = False,
) -> None:
    """Writes report.html of a run again, and says where it is."""
    from controller.recording.reading import RecordingError

    with errors_as_codes():
        from controller.report import write_report

        try:
            path = write_report(run)
        except RecordingError as error:
            fail(exit_codes.RIG, str(error))
        if json_:
            as_json({"report": str(path)})
        else:
            typer.echo(path)
