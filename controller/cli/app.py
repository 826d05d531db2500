"""The commands and their options. What they do lives in modules that are imported when a command runs."""

from __future__ import annotations

from importlib import import_module

import typer

app = typer.Typer(
    name="mockloop",
    help="Hardware-in-the-loop controller for mock circulatory loops.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
for name in ("run", "simulate", "check", "list", "report", "export", "recover", "doctor", "bench", "drive-sim", "schema"):
    module = name.replace("-", "_")
    app.command(name)(import_module(f"controller.cli.{module}_command").command)


@app.callback()
def mockloop() -> None:
    """Software STOP is no emergency stop: a physical bench needs a hard-wired one."""
