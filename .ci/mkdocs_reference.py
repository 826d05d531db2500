"""Pages of the site that are made of the program's own tables while the site is built: no copy lies anywhere that could be stale.

A hook of mkdocs (`hooks:` in mkdocs.yml). `pages()` gives each page's path and text.
"""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

NOTEBOOKS = Path(__file__).parents[1] / "docs" / "notebooks"


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the pages to those of docs/."""
    from mkdocs.structure.files import File

    for path, text in pages().items():
        files.append(File.generated(config, path, content=text))
    return files


def pages() -> dict[str, str]:
    """Text (Markdown) of every made page by its path."""
    found = {
        "reference/commands.md": commands(),
        "reference/settings.md": settings(),
        "reference/signals.md": signals(),
        "reference/metrics.md": metrics(),
        "reference/conditions.md": conditions(),
        "reference/exit-codes.md": exit_codes(),
        "reference/shelf.md": shelf(),
    }
    return found | {f"notebooks/{path.stem}.md": notebook(path) for path in sorted(NOTEBOOKS.glob("*.ipynb"))}


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    lines += [f"| {' | '.join(map(_cell, row))} |" for row in rows]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    """Text that is no markup; what stands in backticks is code already."""
    text = text.replace("|", "&#124;").replace("\n", " ")
    return text if text.startswith("`") else text.replace("<", "&lt;")


def settings() -> str:
    """Every setting that people may give, by its group."""
    from cext.tables.load import settings as table

    groups: dict[str, list[tuple[str, ...]]] = {}
    for row in table().values():
        if not row.internal:
            default = ("on" if row.default else "off") if row.kind == "bool" else str(row.default)
            when = "any time" if row.live else "before arming"
            text = row.description + (f" ({row.source})" if row.source else "")
            groups.setdefault(row.path.partition(".")[0], []).append(
                (f"`{row.path}`", row.unit, default, row.allowed, when, text)
            )
    head = ("setting", "unit", "default", "allowed", "may change", "what it is")
    parts = [f"## {name}\n\n{_table(head, rows)}" for name, rows in groups.items()]
    return (
        "# Settings\n\nOne address space for `--set`, protocols, MQTT commands and the console's forms. "
        "Values out of range are refused.\n\n" + "\n".join(parts)
    )


def signals() -> str:
    """Every column of the recording, by its group."""
    from cext.tables.load import signals as table

    groups: dict[str, list[tuple[str, ...]]] = {}
    for row in table():
        groups.setdefault(row.path.partition(".")[0], []).append((f"`{row.path}`", row.unit, row.type, row.description))
    parts = [f"## {name}\n\n{_table(('signal', 'unit', 'type', 'what it is'), rows)}" for name, rows in groups.items()]
    return "# Signals\n\nWhat is recorded in each tick; `mockloop list signals` shows the same.\n\n" + "\n".join(parts)


def metrics() -> str:
    """The table of metrics."""
    from cext.tables.metrics import markdown

    return "# Metrics\n\nHow they are taken over a window: [metrics](../metrics.md).\n\n" + markdown() + "\n"


def conditions() -> str:
    """What the guard watches in every tick, and the transitions of the state machine."""
    from cext.tables.load import conditions as table
    from cext.tables.load import transitions

    rows = [(f"`{row.name}`", "trips" if row.trip else "", row.clears, str(row.harm), row.description) for row in table()]
    moves = [
        (
            ", ".join(row.source),
            row.target,
            *(", ".join(f"`{name}`" for name in names) for names in (row.all, row.any, row.none)),
        )
        for row in transitions()
    ]
    return (
        "# Conditions and alarms\n\nThe guard looks at these in every tick, trips first. "
        "*live* follows its cause, *reset* stays until a reset "
        "with the cause gone; *ticks* is how many in a row set it.\n\n"
        + _table(("condition", "", "clears", "ticks", "what it is"), rows)
        + "\n## States\n\n"
        + _table(("from", "to", "all of", "any of", "none of"), moves)
    )


def exit_codes() -> str:
    """The exit codes, with the words beside them in the source."""
    from controller import exit_codes as module

    found = re.findall(r"^([A-Z]+) = (\d+)(?:  # (.+))?$", inspect.getsource(module), re.M)
    rows = [(code, name, words) for name, code, words in found]
    return "# Exit codes\n\nWhat scripts may rely on; when each is given: [command line](../command-line.md).\n\n" + _table(
        ("code", "name", ""), rows
    )


def commands() -> str:
    """Every command with its arguments and options, from the command line itself."""
    import typer

    from controller.cli.app import app

    root = typer.main.get_command(app)
    parts = [_command("mockloop " + name, command) for name, command in _walk(root, "")]
    return "# Commands\n\nAs `mockloop COMMAND --help` shows them.\n\n" + "\n".join(parts)


def _walk(group: Any, prefix: str) -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _walk(command, f"{prefix}{name} ")
        else:
            yield prefix + name, command


def _command(name: str, command: Any) -> str:
    arguments, options = [], []
    for row in command.params:
        if row.name == "help":
            continue
        help_ = " ".join((getattr(row, "help", None) or "").split())
        if row.param_type_name == "argument":
            word = (row.metavar or row.name).upper()
            arguments.append(word if row.required else f"[{word}]")
            options.append((f"`{word}`", "", help_))
            continue
        shown = ", ".join(f"`{word}`" for word in (*row.opts, *row.secondary_opts))
        default = row.default
        text = "" if default in (None, False, "", (), []) or callable(default) else str(getattr(default, "value", default))
        options.append((shown, text, help_))
    usage = " ".join([name, *arguments, "[OPTIONS]"])
    words = " ".join((command.help or "").split())
    table = _table(("option", "default", ""), options) if options else ""
    return f"## {name}\n\n{words}\n\n    {usage}\n\n{table}"


def shelf() -> str:
    """Patients, devices, drives, benches and protocols that come with the program."""
    from controller.cli.list_command import TABLES

    parts = []
    for kind in ("protocols", "patients", "devices", "drives", "benches"):
        rows = [(f"`{row['name']}`", str(row.get("title", ""))) for row in TABLES[kind]()]
        parts.append(f"## {kind.capitalize()}\n\n{_table(('name', ''), rows)}")
    return "# On the shelf\n\nWhat comes with the program, by name; a file of your own does as well.\n\n" + "\n".join(parts)


def notebook(path: Path) -> str:
    """A notebook as a page: its text, code, and what it put out when it was stored."""
    import json

    parts = []
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            parts.append(source)
            continue
        parts.append(f"```python\n{source}\n```")
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            if "image/png" in data:
                parts.append(f"![output](data:image/png;base64,{''.join(data['image/png']).strip().replace(chr(10), '')})")
            else:
                text = "".join(output.get("text") or data.get("text/plain") or "").rstrip()
                parts.append("```text\n" + "\n".join(line for line in text.splitlines() if line.strip()) + "\n```")
    return "\n\n".join(parts) + f"\n\nThe file: `docs/notebooks/{path.name}`; a test runs it.\n"
