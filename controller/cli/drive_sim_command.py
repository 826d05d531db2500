"""``mockloop drive-sim``."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer

from controller import exit_codes
from controller.cli.output import errors_as_codes, fail


def command(
    profile: Annotated[str, typer.Option(help="drive file or its name: abb-drives, danfoss-fc, generic")] = "generic",
    tcp: Annotated[
        int | None, typer.Option(metavar="PORT", help="Modbus TCP on this port; 0 takes a free one", min=0, max=65535)
    ] = None,
    host: Annotated[str, typer.Option(help="address to listen on")] = "127.0.0.1",
    pty: Annotated[bool, typer.Option("--pty", help="Modbus RTU on a pseudo-terminal")] = False,
    link: Annotated[Path | None, typer.Option(help="with --pty: a name for the pseudo-terminal that stays the same")] = None,
    unit: Annotated[int, typer.Option(help="unit address", min=1, max=247)] = 1,
    latency_ms: Annotated[float, typer.Option(help="from request to reply", min=0.0, max=60_000.0)] = 0.0,
    ramp_rpm_s: Annotated[
        float | None, typer.Option(help="how quickly the speed follows [default: highest within 2 s]", min=1.0)
    ] = None,
    word_order: Annotated[
        str | None, typer.Option(help="big or little, against the drive file: to try those who read it")
    ] = None,
    fault: Annotated[
        str | None,
        typer.Option(help="from the start: overcurrent, overvoltage, overtemperature, blocked, local, unreleased, warning"),
    ] = None,
    line: Annotated[str | None, typer.Option(help="every reply: silent, garbage, truncated, wrong-unit, exception")] = None,
    shaft: Annotated[
        Path | None, typer.Option(help="file of eight doubles through which a plant turns with it (docs/drives.md)")
    ] = None,
    seed: Annotated[int, typer.Option(help="of the garbage")] = 1,
    json_: Annotated[bool, typer.Option("--json", help="status lines on stdout, commands on stdin, ends with stdin")] = False,
) -> None:
    """A SIMULATED pump drive on Modbus TCP or RTU: ramp, current, faults, watchdog, enable sequence."""
    from controller.config import load_drive
    from controller.drive_sim.program import Options, make, run
    from rigs.modbus.description import Description

    if pty == (tcp is not None):
        fail(exit_codes.USAGE, "drive-sim: say where to serve: --tcp PORT or --pty, one of them")
    if link is not None and not pty:
        fail(exit_codes.USAGE, f"--link {link}: has no effect with --tcp; allowed with --pty")
    if word_order not in (None, "big", "little"):
        fail(exit_codes.USAGE, f"--word-order {word_order}: allowed is big or little")
    options = Options(tcp, host, link, unit, latency_ms, ramp_rpm_s, word_order, fault, line, shaft, seed)  # type: ignore[arg-type]  # word_order: checked above
    with errors_as_codes():
        what = Description.of(load_drive(profile).model_dump())
        try:
            server = make(what, options)
        except ValueError as error:
            fail(exit_codes.USAGE, f"drive-sim: {error}")
        asyncio.run(run(server, options, None if json_ else _show))


def _show(message: dict[str, Any]) -> None:
    if "ready" in message:
        where = message["tcp"] or message["serial"]
        typer.echo(f"SIMULATED drive {message['drive']} ({message['profile']}) on {where}, unit {message['unit']}")
        return
    state = message["fault"] or ("runs" if message["running"] else "stands")
    remote = "" if message["remote"] else ", local"
    typer.echo(
        f"{message['t_s']:9.1f} s  {state}{remote}: set {message['set_rpm']:.0f} rpm, speed {message['speed_rpm']:.0f} rpm, "
        f"current {message['current_A']:.3f} A"
    )
