"""``mockloop send``."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from controller import exit_codes
from controller.cli.mqtt_options import keys_of
from controller.cli.output import as_json, errors_as_codes, fail

if TYPE_CHECKING:
    from controller.telemetry.command_keys import CommandKey

PLAIN = ("stop", "release_stop", "pause", "resume", "abort", "reset")
FORMS = f"allowed is {', '.join(PLAIN)}, acknowledge [CONDITION], set PATH=VALUE, answer NUMBER [TEXT], decline NUMBER [TEXT]"


def command(
    name: Annotated[str, typer.Argument(help="what to do: " + FORMS.removeprefix("allowed is "))],
    words: Annotated[list[str] | None, typer.Argument(metavar="[WORD]...", help="what belongs to it")] = None,
    mqtt_keys: Annotated[Path | None, typer.Option(help="file of keys, as given to the run; needed")] = None,
    key: Annotated[str, typer.Option(help="name of the key to sign with [default: the only one]")] = "",
    bench: Annotated[str, typer.Option(help="name of the bench, as in its topics")] = "virtual",
    mqtt: Annotated[
        str,
        typer.Option(help="mqtt[s]://[user:password@]host[:port]; $MOCKLOOP_MQTT_URL keeps a password off the command line"),
    ] = "",
    wait_s: Annotated[float, typer.Option(min=0.1, max=60.0, help="for the answer")] = 15.0,
    json_: Annotated[bool, typer.Option("--json", help="print the answer as JSON")] = False,
) -> None:
    """Signs a command, sends it over MQTT to a run that was started with --mqtt-keys, and prints the answer."""
    from controller.telemetry.address import URL_VARIABLE, parse
    from controller.telemetry.send import NoAnswer, send

    try:
        wish = wish_of(name, words or [])
    except ValueError as error:
        fail(exit_codes.USAGE, str(error))
    if mqtt_keys is None:
        fail(exit_codes.USAGE, "--mqtt-keys FILE is needed: a command without a signature is not obeyed")
    chosen = _chosen(keys_of(mqtt_keys), key, mqtt_keys)
    try:
        address = parse(mqtt or os.environ.get(URL_VARIABLE) or "mqtt://127.0.0.1")
    except ValueError as error:
        fail(exit_codes.USAGE, f"--mqtt: {error}")
    with errors_as_codes():
        try:
            answer = asyncio.run(send(address, bench, chosen, wish, wait_s))
        except (NoAnswer, ValueError) as error:
            fail(exit_codes.RIG, str(error))
    if not answer.get("ok"):
        problems = [str(problem) for problem in answer.get("problems", [])]
        text = str(answer.get("text", "refused"))
        fail(exit_codes.CONFIG, text if text.startswith(name) else f"{name}: {text}", *problems, data={"answer": answer})
    if json_:
        as_json(answer)
    else:
        typer.echo(str(answer.get("text")))


def wish_of(name: str, words: list[str]) -> dict[str, Any]:
    """The command as it travels. Raises ValueError where the words make none."""
    if name in PLAIN and not words:
        return {"name": name}
    if name == "acknowledge" and len(words) <= 1:
        return {"name": name, **({"condition": words[0]} if words else {})}
    if name == "set" and len(words) == 1 and "=" in words[0]:
        path, _, value = words[0].partition("=")
        return {"name": name, "path": path.strip(), "value": value.strip()}
    if name in ("answer", "decline") and words and words[0].isdecimal():
        return {"name": "answer", "prompt": int(words[0]), "text": " ".join(words[1:]), "declined": name == "decline"}
    raise ValueError(f"{' '.join([name, *words])}: not a command; {FORMS}")


def _chosen(keys: dict[str, CommandKey], name: str, path: Path) -> CommandKey:
    if name and name not in keys:
        fail(exit_codes.USAGE, f"--key {name}: {path} has {', '.join(keys)}")
    if not name and len(keys) > 1:
        fail(exit_codes.USAGE, f"--key NAME is needed: {path} has {', '.join(keys)}")
    return keys[name] if name else next(iter(keys.values()))
