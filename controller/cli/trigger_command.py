"""``mockloop trigger``."""

from __future__ import annotations

import itertools
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from controller import exit_codes
from controller.cli.output import as_json, errors_as_codes, fail

if TYPE_CHECKING:
    from controller.signals.triggering import Trigger


class SourceName(StrEnum):
    ecg = "ecg"
    pressure = "pressure"


def command(
    record: Annotated[
        list[Path], typer.Argument(help="run folder, .csv, .csv.gz or WFDB record; several with one time origin")
    ],
    source: Annotated[SourceName | None, typer.Option(help="trigger on this alone [default: ECG, pressure stands in]")] = None,
    channel: Annotated[str | None, typer.Option(help="name of the channel [default: the first of its kind]")] = None,
    plot: Annotated[Path | None, typer.Option(help="write a picture to this file (.png, .svg, .pdf)")] = None,
    json_: Annotated[bool, typer.Option("--json", help="print one JSON object")] = False,
) -> None:
    """Shows the beats that the trigger chain of the loop finds in a record."""
    from controller.signals import RecordError, read_signals
    from controller.signals.triggering import triggers

    with errors_as_codes():
        try:
            signals = read_signals(record, channel)
            found = triggers(signals, source.value if source else None)
        except RecordError as error:
            fail(exit_codes.CONFIG, str(error))
        if plot:
            from controller.signals.picture import draw

            try:
                draw(signals, found, plot)
            except ValueError as error:
                fail(exit_codes.USAGE, f"--plot {plot}: {error}")
        if json_:
            channels = dict(signals.names)
            as_json({"record": str(record[0]), "channels": channels, "beats": [one.as_dict() for one in found]})
        else:
            _show(found)
    if not found:
        typer.echo("no beat found", err=True)


def _show(found: list[Trigger]) -> None:
    from statistics import median

    from rich.console import Console
    from rich.table import Table

    table = Table("beat s", "given after ms", "source", "closure after ms", "left out", box=None, pad_edge=False)
    for one in found:
        late, notch = (one.given_s - one.t_s) * 1e3, (one.notch_s - one.t_s) * 1e3
        table.add_row(f"{one.t_s:.3f}", f"{late:.0f}", one.source, f"{notch:.0f}", one.left_out or "")
    console = Console(highlight=False)
    console.print(table)
    if len(found) > 1:
        rate = 60.0 / median(b.t_s - a.t_s for a, b in itertools.pairwise(found))
        late = median(one.given_s - one.t_s for one in found) * 1e3
        left = sum(one.left_out is not None for one in found)
        console.print(f"{len(found)} beats, {rate:.0f}/min, given after {late:.0f} ms (medians); {left} left out of assist")
