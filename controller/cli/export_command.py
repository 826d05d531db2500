"""``mockloop export``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from controller import exit_codes
from controller.cli.output import as_json, errors_as_codes, fail


def command(
    run: Annotated[Path, typer.Argument(help="run folder, finished, running or left by a killed run")],
    format_: Annotated[str, typer.Option("--format", help="csv, parquet, tdms or mat")] = "csv",
    out: Annotated[Path | None, typer.Option(help="folder for the files [default: RUN/export]")] = None,
    signal: Annotated[list[str] | None, typer.Option(help="a signal; may be repeated [default: all]")] = None,
    json_: Annotated[bool, typer.Option("--json", help="print one JSON object")] = False,
) -> None:
    """Writes a run's data in another format."""
    from controller.recording.reading import RecordingError
    from controller.runs import export_run

    with errors_as_codes():
        try:
            files = export_run(run, format_, out, signal)
        except RecordingError as error:
            fail(exit_codes.RIG, str(error))
        except (ValueError, KeyError) as error:
            fail(exit_codes.USAGE, str(error.args[0]) if error.args else str(error))
        if json_:
            as_json({"files": [str(path) for path in files]})
        else:
            for path in files:
                typer.echo(path)
