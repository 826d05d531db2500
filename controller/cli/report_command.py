"""``mockloop report``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from controller import exit_codes
from controller.cli.output import as_json, errors_as_codes, fail
from controller.cli.pdf_option import PdfOption


def command(
    run: Annotated[Path, typer.Argument(help="run folder, finished, running or left by a killed run")],
    against: Annotated[
        Path | None, typer.Option(metavar="RUN", help="compare with this run: a reference, or the run before a change")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="file of the comparison [default: comparison-<RUN>.html in the run]")] = None,
    pdf: PdfOption = None,
    json_: Annotated[bool, typer.Option("--json", help="print one JSON object")] = False,
) -> None:
    """Writes report.html (and .pdf) of a run again, or its comparison with another run, and says where it is."""
    from controller.recording.reading import RecordingError

    if out is not None and against is None:
        fail(exit_codes.USAGE, "--out is the file of a comparison: give the other run with --against")
    with errors_as_codes():
        try:
            if against is not None:
                _compare(run, against, out, pdf, json_)
            else:
                _report(run, pdf, json_)
        except RecordingError as error:
            fail(exit_codes.RIG, str(error))
        except ValueError as error:
            fail(exit_codes.USAGE, str(error))


def _report(run: Path, pdf: bool | None, json_wanted: bool) -> None:
    from controller.report import write_report

    path = write_report(run)
    printed = _pdf(path, pdf)
    if json_wanted:
        as_json({"report": str(path), "pdf": None if printed is None else str(printed)})
    else:
        typer.echo(path)
        if printed is not None:
            typer.echo(printed)


def _pdf(html: Path, asked: bool | None) -> Path | None:
    """The PDF of a page, or None where none is wanted; asked for in words it must be possible, otherwise a line says what is missing."""
    from controller.report.pdf import MISSING, NoPdf, can_make_pdf, write_pdf

    if asked is None and not can_make_pdf():
        typer.echo(f"no PDF: {MISSING}", err=True)
        return None
    if asked is False:
        return None
    try:
        return write_pdf(html)
    except NoPdf as error:
        fail(exit_codes.RIG, str(error))


def _compare(run: Path, against: Path, out: Path | None, pdf: bool | None, json_wanted: bool) -> None:
    from controller.report.comparison import write_comparison

    written = write_comparison(run, against, out)
    printed = _pdf(written.path, pdf)
    if json_wanted:
        as_json({"comparison": str(written.path), "pdf": None if printed is None else str(printed), **written.data})
        return
    found = written.data
    typer.echo(f"run          {found['run']['verdict']}  {run}")
    typer.echo(f"reference    {found['reference']['verdict']}  {against}")
    typer.echo(f"limits       {found['outcome']}: {len(found['lost'])} lost, {len(found['gained'])} gained")
    for word in ("lost", "gained"):
        for row in found[word]:
            typer.echo(f"  {word:<10} {row['step']}: {row['metric']}")
    for words, key in (("only in the run", "only_in_run"), ("only in the reference", "only_in_reference")):
        if found[key]:
            typer.echo(f"{words}: {', '.join(found[key])}")
    typer.echo(f"comparison   {written.path}")
    if printed is not None:
        typer.echo(f"pdf          {printed}")
