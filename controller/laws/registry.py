"""Which law a bench names: one of an installed package (entry point ``mockloop.laws``), or a class in a file beside the bench."""

from __future__ import annotations

import importlib.util
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any

from cext.law import Law
from controller.config.errors import ConfigError, Problem
from controller.config.nearest import nearest
from controller.laws.slow import SlowLaw

if TYPE_CHECKING:
    from controller.config.bench import Bench

GROUP = "mockloop.laws"
PLACE = ("bench", "law")


def names() -> list[str]:
    """Laws of installed packages."""
    return sorted(entry.name for entry in entry_points(group=GROUP))


def law_of(bench: Bench) -> Law | SlowLaw | None:
    """The law that the bench names; None where it names none.

    Raises:
        ConfigError: no such law, a file that cannot be run, or something that is no law.
    """
    name = bench.bench.law
    if name is None:
        return None
    try:
        made = _class_of(bench, name)()
    except ConfigError:
        raise
    except Exception as error:  # whatever a developer's own code does
        raise _problem(bench, name, f"cannot be made: {type(error).__name__}: {error}") from error
    if not isinstance(made, (Law, SlowLaw)):
        what = "is neither a compiled law nor has it period_s, settings and step"
        raise _problem(bench, name, what, "docs/laws.md")
    return made


def _class_of(bench: Bench, name: str) -> Any:
    file, colon, word = name.rpartition(":")
    if not colon:
        found = {entry.name: entry for entry in entry_points(group=GROUP)}
        if name not in found:
            allowed = ", ".join(found) or "FILE.py:CLASS beside the bench file (no package with laws is installed)"
            raise _problem(bench, name, "there is no law of this name", allowed, nearest(name, list(found)))
        return found[name].load()
    folder = bench.source.path.parent if bench.source.path is not None else None
    path = folder / file if folder is not None else None
    if path is None or not path.is_file():
        raise _problem(bench, name, f"there is no file {file} beside the bench file")
    spec = importlib.util.spec_from_file_location(f"mockloop_law_{path.stem}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    if not hasattr(module, word):
        raise _problem(bench, name, f"{file} has no {word}")
    return getattr(module, word)


def _problem(bench: Bench, name: str, what: str, allowed: str = "", hint: str = "") -> ConfigError:
    return ConfigError([Problem(bench.source.where(PLACE), ".".join(PLACE), f'"{name}"', what, allowed, hint)])
