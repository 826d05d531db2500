"""``--pdf`` of the commands that make reports: by default there is one where the extra is installed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

PdfOption = Annotated[
    bool | None,
    typer.Option(
        "--pdf/--no-pdf", envvar="MOCKLOOP_PDF", help="the report as a PDF too [default: where mockloop[pdf] is installed]"
    ),
]


def pdf_wanted(asked: bool | None) -> bool:
    """Whether to make one: as asked, else if the extra is there."""
    from controller.report.pdf import can_make_pdf

    return can_make_pdf() if asked is None else asked


def print_pdf(html: Path) -> Path | None:
    """Makes the PDF beside its page and says where it is; why there is none, on stderr: no run fails for want of one."""
    from controller.report.pdf import NoPdf, write_pdf

    try:
        path = write_pdf(html)
    except NoPdf as error:
        typer.echo(f"{'pdf':13}none: {error}", err=True)
        return None
    typer.echo(f"{'pdf':13}{path}", err=True)
    return path
