"""``mockloop console``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from controller import exit_codes
from controller.cli.mqtt_options import check_mqtt
from controller.cli.output import errors_as_codes, fail

if TYPE_CHECKING:
    from controller.console.bench import Setting
    from controller.console.listening import Listening


def command(
    bench: Annotated[str | None, typer.Option(help="name of a bench or a file [default: virtual]")] = None,
    patient: Annotated[
        str | None, typer.Option(help="name of a patient or a file, for every run [default: the protocol's]")
    ] = None,
    set_: Annotated[list[str] | None, typer.Option("--set", metavar="PATH=VALUE", help="a setting, for every run")] = None,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="of noise and rhythm")] = 1,
    runs: Annotated[Path, typer.Option(help="folder for the run folders")] = Path("runs"),
    mqtt: Annotated[
        str, typer.Option(help="of the runs: embedded, off, or mqtt[s]://[user:password@]host[:port]")
    ] = "embedded",
    mqtt_keys: Annotated[
        Path | None, typer.Option(help="file of those who may command over MQTT [default: nobody may]")
    ] = None,
    policy: Annotated[str, typer.Option(help="recording of the runs: full, decimated, beats")] = "full",
    host: Annotated[str, typer.Option(help="address to listen on; off loopback needs TLS and tokens")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="port; 0: any free one")] = 8470,
    tls_cert: Annotated[Path | None, typer.Option(help="certificate (PEM, with its chain)")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="key of the certificate (PEM)")] = None,
    token_file: Annotated[
        Path | None, typer.Option(help="lines 'operator TOKEN' and 'viewer TOKEN', readable by you only")
    ] = None,
    name: Annotated[list[str] | None, typer.Option(help="host name by which browsers address this machine")] = None,
) -> None:
    """Shows a bench in the browser: waits with it idle, runs protocols that people choose there. Ctrl-C ends it."""
    from controller.console.bench import Setting
    from controller.console.listening import Listening, refuse_open_door

    if policy not in ("full", "decimated", "beats"):
        fail(exit_codes.USAGE, f"--policy {policy}: allowed is full, decimated or beats")
    check_mqtt(mqtt, mqtt_keys)
    listening = Listening(host, port, tls_cert, tls_key, token_file, tuple(name or ()))
    try:
        refuse_open_door(listening)
    except ValueError as error:
        fail(exit_codes.USAGE, str(error))
    with errors_as_codes():
        _serve(Setting(bench, patient, tuple(set_ or ()), mqtt, policy, seed, runs.absolute(), mqtt_keys), listening)


def _serve(setting: Setting, listening: Listening) -> None:
    import asyncio

    from controller.config.experiment import load_experiment
    from controller.console.bench import ConsoleBench
    from controller.console.desk import Desk

    load_experiment(
        None, bench=setting.bench, patient=setting.patient, sets=setting.sets
    )  # says what is wrong before anything starts

    async def run() -> None:
        desk = Desk(listening, setting.runs, lambda text: typer.echo(text, err=True))
        await desk.start()
        typer.echo(f"console      {desk.url}", err=True)
        try:
            await ConsoleBench(setting, desk).serve()
        finally:
            await desk.close()

    asyncio.run(run())
