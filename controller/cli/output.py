"""How commands speak: text for people, one JSON object for programs (``--json``), errors on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import typer

from controller import exit_codes


class Failed(Exception):
    """A command ends with `code`, `lines` for people and `data` for programs."""

    def __init__(self, code: int, lines: tuple[str, ...], data: dict[str, Any] | None = None) -> None:
        self.code, self.lines, self.data = code, lines, data or {}
        super().__init__("\n".join(lines))

    def as_dict(self) -> dict[str, Any]:
        """What ``--json`` prints of it."""
        return {"exit_code": self.code, "error": str(self), **self.data}


class Printed:
    """Whether this process has printed its one JSON object."""

    json = False


def as_json(value: Any) -> None:
    """Prints `value` as the one JSON object of a ``--json`` command."""
    Printed.json = True
    sys.stdout.write(json.dumps(value, ensure_ascii=False, allow_nan=False, indent=2) + "\n")


def fail(code: int, *lines: str, data: dict[str, Any] | None = None) -> NoReturn:
    """Ends the command with these lines on stderr; with ``--json`` also as its JSON object, unless that has been printed."""
    raise Failed(code, lines, data)


def say_failed(error: Failed, json_wanted: bool) -> None:
    """Tells people and, where it was asked for and not yet given, the JSON object (on one line, for those who read lines)."""
    for line in error.lines:
        typer.echo(line, err=True)
    if json_wanted and not Printed.json:
        sys.stdout.write(json.dumps(error.as_dict(), ensure_ascii=False) + "\n")


@contextmanager
def errors_as_codes() -> Iterator[None]:
    """Turns what may go wrong into lines and exit codes; never a traceback for bad input."""
    from controller.config.errors import ConfigError
    from controller.processes.helper import HelperError
    from controller.session.errors import NotArmed, SessionEnded

    try:
        yield
    except ConfigError as error:
        problems = {"problems": [problem.as_json() for problem in error.problems]}
        fail(exit_codes.CONFIG, *map(str, error.problems), data=problems)
    except NotArmed as error:
        fail(exit_codes.RIG, "not armed:", *(f"  {reason}" for reason in error.reasons))
    except (SessionEnded, HelperError) as error:
        fail(exit_codes.RIG, str(error))
    except BrokenPipeError:
        raise typer.Exit(exit_codes.OK) from None
    except KeyboardInterrupt:
        fail(exit_codes.INTERRUPTED, "interrupted")
    except FileExistsError as error:
        fail(exit_codes.USAGE, f"{error.filename}: {error.strerror}")
    except (ImportError, LookupError) as error:
        fail(exit_codes.RIG, str(error.args[0]) if error.args else str(error))
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        fail(exit_codes.RIG, f"{where}{error.strerror or error}")
