"""``mockloop recover``."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from controller import exit_codes
from controller.cli.output import as_json, errors_as_codes, fail


def command(
    run: Annotated[Path, typer.Argument(help="run folder that a killed run has left")],
    json_: Annotated[bool, typer.Option("--json", help="print one JSON object")] = False,
) -> None:
    """Repairs the recording of a killed run in place and says what is there."""
    from controller.recording.reading import RecordingError
    from controller.recording.recover import recover

    with errors_as_codes():
        try:
            found = recover(run)
        except RecordingError as error:
            fail(exit_codes.RIG, str(error))
        if json_:
            as_json({**asdict(found), "run": str(found.run), "missing_s": found.missing_s})
        else:
            typer.echo("\n".join(found.sentences()))
