"""How commands speak: text for people, one JSON object for programs (``--json``), errors on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import typer

from controller.cli import codes


def as_json(value: Any) -> None:
    """Prints `value` as the one JSON object of a ``--json`` command."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, allow_nan=False, indent=2) + "\n")


def fail(code: int, *lines: str) -> NoReturn:
    """Ends the command with these lines on stderr."""
    for line in lines:
        typer.echo(line, err=True)
    raise typer.Exit(code)


@contextmanager
def errors_as_codes(json_wanted: bool = False) -> Iterator[None]:
    """Turns what may go wrong into lines and exit codes; never a traceback for bad input."""
    from controller.config.errors import ConfigError
    from controller.processes.helper import HelperError
    from controller.session.errors import NotArmed, SessionEnded

    try:
        yield
    except ConfigError as error:
        if json_wanted:
            as_json({"problems": [problem.as_json() for problem in error.problems]})
        fail(codes.CONFIG, *map(str, error.problems))
    except NotArmed as error:
        fail(codes.RIG, "not armed:", *(f"  {reason}" for reason in error.reasons))
    except (SessionEnded, HelperError) as error:
        fail(codes.RIG, str(error))
    except BrokenPipeError:
        raise typer.Exit(codes.OK) from None
    except KeyboardInterrupt:
        fail(codes.INTERRUPTED, "interrupted")
    except FileExistsError as error:
        fail(codes.USAGE, f"{error.filename}: {error.strerror}")
    except (ImportError, LookupError) as error:
        fail(codes.RIG, str(error.args[0]) if error.args else str(error))
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        fail(codes.RIG, f"{where}{error.strerror or error}")
