"""``mockloop schema``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from controller import exit_codes
from controller.cli.output import as_json, errors_as_codes, fail


def command(
    kind: Annotated[
        str | None,
        typer.Argument(help="patient, bench, protocol, pump_drive, device-rotary-pump or device-balloon [default: all]"),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="folder: a file KIND.schema.json each, for an editor")] = None,
) -> None:
    """Prints the JSON schemas of the configuration files, for editors (docs/configuration.md)."""
    import json

    from controller.config.schema import schemas

    found = schemas()
    if kind is not None and kind not in found:
        fail(exit_codes.USAGE, f"schema {kind}: allowed is one of {', '.join(found)}")
    chosen = found if kind is None else {kind: found[kind]}
    if out is None:
        as_json(found if kind is None else found[kind])
        return
    with errors_as_codes():
        out.mkdir(parents=True, exist_ok=True)
        for name, schema in chosen.items():
            path = out / f"{name}.schema.json"
            path.write_text(json.dumps(schema, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
            typer.echo(path)
