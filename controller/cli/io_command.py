"""``mockloop io``."""

from __future__ import annotations

import sys
import time
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from controller import exit_codes
from controller.cli.output import errors_as_codes, fail

if TYPE_CHECKING:
    from controller.commissioning.hands import Hands


def command(
    bench: Annotated[str, typer.Option(help="name of a bench (mockloop list benches) or a file")] = "virtual",
    operator: Annotated[str, typer.Option(help="who does it; stored in the record [default: the login name]")] = "",
    out: Annotated[
        Path | None, typer.Option(help="record of the points [default: io-BENCH-DATE.json here, if any was marked]")
    ] = None,
    set_: Annotated[list[str] | None, typer.Option("--set", metavar="PATH=VALUE", help="a setting; may be repeated")] = None,
    script: Annotated[Path | None, typer.Option(help="JSON lines in place of a person; - is standard input")] = None,
    fast: Annotated[bool, typer.Option("--fast", help="virtual time, for a script on a simulated bench")] = False,
) -> None:
    """Commissioning: all inputs live, one output at a time while a key is held, and a point-to-point list that is kept."""
    import getpass

    from controller.commissioning.at_terminal import AtTerminal, TerminalLost
    from controller.commissioning.by_script import BadLine, by_script
    from controller.commissioning.points import PointList
    from controller.commissioning.procedure import carry_out
    from controller.config.experiment import load_experiment

    if script is None and not (sys.stdin.isatty() and sys.stdout.isatty()):
        fail(exit_codes.USAGE, "io needs a terminal, or --script FILE (- for standard input)")
    if fast and script is None:
        fail(exit_codes.USAGE, "--fast: a person lives in real time; it is for --script")
    with errors_as_codes():
        experiment = load_experiment(None, bench=bench, sets=set_ or [])
        the_bench = experiment.bench
        if fast and not the_bench.bench.simulated:
            fail(exit_codes.USAGE, f"--fast: bench {the_bench.name} is hardware; virtual time is for simulated benches only")
        points = PointList(the_bench, operator or getpass.getuser())

        async def work(hands: Hands) -> None:
            if script is None:
                await AtTerminal(hands, points, sys.stdin.fileno()).work()
            else:
                with nullcontext(sys.stdin) if str(script) == "-" else script.open(encoding="utf-8") as file:
                    await by_script(hands, points, file.fileno(), _line)

        path = out or Path(f"io-{the_bench.name}-{time.strftime('%Y%m%d-%H%M%S')}.json")
        try:
            carry_out(experiment, work, realtime=not fast, armed=False)
        except BadLine as error:
            fail(exit_codes.USAGE, str(error))
        except TerminalLost as error:
            fail(exit_codes.INTERRUPTED, str(error))
        finally:
            if points.touched or out is not None:
                counts = points.save(path)["counts"]
                text = f"{counts['ok']} ok, {counts['wrong']} wrong, {counts['open']} open"
                typer.echo(f"points   {text}: {path}", err=True)
    if points.record()["counts"]["wrong"]:
        raise typer.Exit(exit_codes.FAIL)


def _line(found: dict[str, Any]) -> None:
    import json

    sys.stdout.write(json.dumps(found, ensure_ascii=False, allow_nan=False) + "\n")
    sys.stdout.flush()
