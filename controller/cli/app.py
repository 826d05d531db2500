"""The commands and their options. What they do lives in modules that are imported when a command runs."""

from __future__ import annotations

from importlib import import_module
from typing import Annotated

import typer

from controller.cli.calibrate_command import app as calibrate_app
from controller.cli.dispatch import Commands

app = typer.Typer(
    name="mockloop",
    cls=Commands,
    help="Hardware-in-the-loop controller for mock circulatory loops.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
for name in (
    "run",
    "console",
    "simulate",
    "check",
    "list",
    "report",
    "replay",
    "export",
    "recover",
    "fit",
    "trigger",
    "audit",
    "generate",
    "send",
    "io",
    "doctor",
    "bench",
    "drive-sim",
    "fault",
    "schema",
):
    module = name.replace("-", "_")
    app.command(name)(import_module(f"controller.cli.{module}_command").command)
app.add_typer(calibrate_app)


def _version(wanted: bool) -> None:
    if wanted:
        from controller.version import build_id, version

        typer.echo(f"mockloop {version()}, build {build_id()}")
        raise typer.Exit


@app.callback()
def mockloop(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="version and build")] = False,
) -> None:
    """Software STOP is no emergency stop: a physical bench needs a hard-wired one."""
