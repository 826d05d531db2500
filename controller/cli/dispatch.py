"""From the words of a command line to its exit code: what the parser and the commands refuse is said here, once."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any, NoReturn

import typer
from typer.core import TyperGroup

from controller import exit_codes
from controller.cli.output import Failed, Printed, say_failed
from controller.config.nearest import nearest

# Typer's own copy of click, or click itself, by its version: both hand out the base of what the parser raises only like this.
_Refused: type[Exception] = typer.BadParameter.__mro__[2]


class Commands(TyperGroup):
    """The group of all commands. Failures go to stderr, and with ``--json`` to stdout as one JSON object."""

    def main(self, args: Sequence[str] | None = None, prog_name: str | None = None, **extra: Any) -> NoReturn:  # type: ignore[override]  # always exits
        """Runs the command that `args` ask for and exits with its code."""
        words = list(sys.argv[1:] if args is None else args)
        Printed.json = False
        try:
            code = super().main(words, "mockloop", **{**extra, "standalone_mode": False})
        except Failed as error:
            failed = error
        except _Refused as error:
            failed = _usage(error)
        except (KeyboardInterrupt, typer.Abort):
            failed = Failed(exit_codes.INTERRUPTED, ("interrupted",))
        else:
            sys.exit(code if isinstance(code, int) else exit_codes.OK)
        say_failed(failed, "--json" in words)
        sys.exit(failed.code)


def _usage(error: Exception) -> Failed:
    """What the parser refuses, on one line, with the name that was probably meant and where to read on."""
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "mockloop"
    said = str(error.format_message()).strip()  # type: ignore[attr-defined]  # the base is not importable by name
    if "\n" in said or not said:  # no words at all: the parser answers with the whole help
        return Failed(exit_codes.USAGE, (said or f"{path}: a command is missing",))
    said = said.split(" (Possible options", 1)[0].split(" Did you mean", 1)[0].rstrip(".")
    option = getattr(error, "option_name", None)
    meant = ""
    if option and context is not None:
        known = [word for parameter in context.command.params for word in parameter.opts if word.startswith("--")]
        meant = nearest(option.lstrip("-"), [word.removeprefix("--") for word in known])
        meant = meant and f"--{meant}"
    elif said.startswith("No such command") and context is not None:
        meant = nearest(said.split("'")[1], context.command.list_commands(context))
    said = f"{path}: {said[:1].lower()}{said[1:]}" + (f"; did you mean {meant}?" if meant else "")
    return Failed(exit_codes.USAGE, (said, f"see {path} --help"))
