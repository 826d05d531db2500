"""``mockloop list``."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Annotated, Any

import typer

from controller import exit_codes
from controller.cli.output import as_json, fail

Row = dict[str, Any]


def command(
    what: Annotated[
        str,
        typer.Argument(help="patients, models, devices, drives, benches, protocols, patterns, signals, settings or metrics"),
    ],
    json_: Annotated[bool, typer.Option("--json", help="print one JSON object")] = False,
) -> None:
    """Shows what there is, with units and ranges."""
    if what not in TABLES:
        fail(exit_codes.USAGE, f"list {what}: allowed is one of {', '.join(TABLES)}")
    rows = TABLES[what]()
    if json_:
        as_json({what: rows})
        return
    from rich.console import Console
    from rich.table import Table

    keys = [key for key in rows[0] if any(row[key] not in (None, "", []) for row in rows)] if rows else []
    table = Table(*keys, box=None, pad_edge=False, show_edge=False)
    for row in rows:
        table.add_row(*(_cell(row[key]) for key in keys))
    # Piped, a name must stay whole: programs and grep read it.
    Console(highlight=False, width=None if sys.stdout.isatty() else 400).print(table)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def _files(kind: str) -> Callable[[], list[Row]]:
    def rows() -> list[Row]:
        from controller.config.errors import ConfigError
        from controller.config.find import available
        from controller.config.source import read

        found = []
        for name, path in available(kind).items():  # type: ignore[arg-type]
            try:
                header = read(path).tables.get(kind, {})
            except ConfigError:
                header = {"title": "cannot be read: see mockloop check"}
            title = header.get("title", "") if isinstance(header, dict) else ""
            found.append({"name": name, "title": str(title), "file": str(path)})
        return found

    return rows


def _signals() -> list[Row]:
    from cext.tables.load import signals

    return [
        {"signal": s.path, "unit": s.unit, "role": s.role, "recorded": s.type, "deterministic": s.deterministic,
         "description": s.description}
        for s in signals()
    ]  # fmt: skip


def _settings() -> list[Row]:
    from cext.tables.load import settings

    return [
        {"setting": s.path, "unit": s.unit, "default": s.default, "allowed": s.allowed, "live": s.live,
         "description": s.description, "source": s.source}
        for s in settings().values()
        if not s.internal
    ]  # fmt: skip


def _models() -> list[Row]:
    from cext.tables.models import models

    return [
        {"model": m.name, "title": m.title, "settings": sorted(m.settings), "signals": sorted(m.signals), "source": m.source}
        for m in models().values()
    ]


def _metrics() -> list[Row]:
    from cext.tables.metrics import metrics

    return [{"metric": name, "unit": row.unit, "definition": row.definition} for name, row in metrics().items()]


TABLES: dict[str, Callable[[], list[Row]]] = {
    "patients": _files("patient"),
    "models": _models,
    "devices": _files("device"),
    "drives": _files("pump_drive"),
    "benches": _files("bench"),
    "protocols": _files("protocol"),
    "patterns": _files("pattern"),
    "signals": _signals,
    "settings": _settings,
    "metrics": _metrics,
}
