"""What ``mockloop check FILE…`` calls: any configuration file, whatever its kind."""

from __future__ import annotations

from pathlib import Path

from controller.config.errors import ConfigError, Problem
from controller.config.experiment import assemble, attempt_device, bench_problems
from controller.config.find import FOLDERS, Kind
from controller.config.load import MODELS, attempt
from controller.config.nearest import nearest
from controller.config.source import Source, read


def check(file: str | Path, *, bench: str | None = None) -> list[Problem]:
    """Everything that is wrong with the file; an empty list if it can be used.

    A protocol is checked against its patient, the devices it uses and a bench: `bench` if given, else the one it names, else
    ``virtual``. Problems of those other files are reported too, at their own places.
    """
    path = Path(file)
    try:
        source = read(path)
    except ConfigError as error:
        return list(error.problems)
    kind = kind_of(source)
    if isinstance(kind, Problem):
        return [kind]
    if kind == "device":
        return attempt_device(source)[1]
    if kind == "protocol":
        text = str(path) if path.name.endswith(".toml") or path.parent != Path() else f"./{path}"
        return assemble(text, bench=bench)[1]
    if kind == "bench":
        return bench_problems(source)
    return attempt(MODELS[kind], kind, source)[1]


def kind_of(source: Source) -> Kind | Problem:
    """The kind of file, told by its header table; a problem if it has none or several."""
    found = [kind for kind in FOLDERS if kind in source.tables]
    if len(found) == 1:
        return found[0]
    headers = ", ".join(f"[{kind}]" for kind in FOLDERS)
    if found:
        return Problem(
            source.where((found[1],)), "", "", f"is a {found[1]} file and a {found[0]} file at once", f"one of {headers}"
        )
    hint = next((near for key in source.tables if (near := nearest(key, FOLDERS))), "")
    return Problem(source.name, "", "", "is no configuration file: it has no header table", headers, hint and f"[{hint}]")
