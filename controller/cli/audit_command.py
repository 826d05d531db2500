"""``mockloop audit``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from controller import exit_codes
from controller.cli.output import as_json, errors_as_codes, fail

if TYPE_CHECKING:
    from controller.audit import Audit


def command(
    record: Annotated[
        list[Path], typer.Argument(help="run folder, .csv, .csv.gz or WFDB record; several with one time origin")
    ],
    channel: Annotated[str | None, typer.Option(help="name of the channel [default: the first of its kind]")] = None,
    plot: Annotated[Path | None, typer.Option(help="write a teaching picture to this file (.png, .svg, .pdf)")] = None,
    json_: Annotated[bool, typer.Option("--json", help="print one JSON object")] = False,
) -> None:
    """Judges the timing of a counterpulsation console, any maker's, beat by beat."""
    from controller.audit import audit
    from controller.signals import RecordError, read_signals

    with errors_as_codes():
        try:
            signals = read_signals(record, channel)
            found = audit(signals)
        except RecordError as error:
            fail(exit_codes.CONFIG, str(error))
        if plot:
            from controller.audit.picture import draw

            try:
                draw(signals, found, plot)
            except ValueError as error:
                fail(exit_codes.USAGE, f"--plot {plot}: {error}")
        if json_:
            as_json({"record": str(record[0]), "channels": dict(signals.names), **found.as_dict()})
        else:
            _show(found)


def _show(found: Audit) -> None:
    from rich.console import Console
    from rich.table import Table

    def number(value: float | None) -> str:
        return "–" if value is None else f"{value:.0f}"

    table = Table(
        "beat s", "label", "inflation ms", "deflation ms", "augmentation", "end-diastolic mmHg", box=None, pad_edge=False
    )
    for one in found.beats:
        table.add_row(
            f"{one.t_s:.3f}", one.label, number(one.inflation_error_ms), number(one.deflation_error_ms),
            number(one.augmentation_mmHg), number(one.end_diastolic_mmHg),
        )  # fmt: skip
    console = Console(highlight=False)
    console.print(table)
    counts = ", ".join(f"{count} {label}" for label, count in found.counts.items())
    console.print(f"{len(found.beats)} beats: {counts}")
