"""``mockloop fault``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from controller import exit_codes
from controller.cli.output import errors_as_codes, fail


def command(
    protocol: Annotated[str, typer.Argument(help="name of a protocol (mockloop list protocols) or a file")],
    inject: Annotated[
        list[str],
        typer.Option(
            metavar="WHERE:KIND[,from=S][,for=S][,gain=X][,offset=X][,amount=S]",
            help="WHERE: a channel (in.aop_mmHg, out.valve_vacuum), the calls read and write, or a device of the bench "
            "(a card, a drive); KIND: off, stuck, garbage, wrong, slow, delayed, intermittent; may be repeated",
        ),
    ],
    bench: Annotated[str | None, typer.Option(help="name of a SIMULATED bench or a file [default: the protocol's]")] = None,
    patient: Annotated[str | None, typer.Option(help="name of a patient or a file [default: the protocol's]")] = None,
    fast: Annotated[bool, typer.Option("--fast", help="virtual time: as fast as the processor goes")] = False,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="of noise, rhythm and garbage")] = 1,
    out: Annotated[Path | None, typer.Option(help="run folder [default: runs/<date>-<protocol>]")] = None,
    set_: Annotated[list[str] | None, typer.Option("--set", metavar="PATH=VALUE", help="a setting; may be repeated")] = None,
    mqtt: Annotated[str, typer.Option(help="embedded, off, or mqtt[s]://[user:password@]host[:port]")] = "off",
    json_: Annotated[bool, typer.Option("--json", help="print summary.json, progress on stderr")] = False,
) -> None:
    """Runs a protocol on a SIMULATED bench while the named faults happen; times are loop time in s."""
    from controller.cli.run_command import run
    from controller.faults import parse
    from controller.job.request import Request

    faults, wrong = [], []
    for text in inject:
        try:
            faults.append(parse(text))
        except ValueError as error:
            wrong.append(str(error))
    if wrong:
        fail(exit_codes.USAGE, *wrong)
    request = Request(protocol, bench, patient, fast, seed, out, tuple(set_ or ()), mqtt, faults=tuple(faults))
    with errors_as_codes():
        try:
            run(request, False, json_)
        except ValueError as error:
            fail(exit_codes.USAGE, str(error))
