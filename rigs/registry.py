"""Which kinds of rig there are. A bench file's `rig` names one; packages add theirs under the entry point ``mockloop.rigs``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from cext.rig import RIG_ABI, Rig

# inputs, outputs: rows of the bench file; devices: device files by name; seed; period_s; the file's other tables (daq,
# watchdog, and drives: each with its drive file as ``file``)
Factory = Callable[[Mapping[str, Any], Mapping[str, Any], Mapping[str, Any], int, float, Mapping[str, Any]], Rig]
_FACTORIES: dict[str, Factory] = {}


def register(kind: str) -> Callable[[Factory], Factory]:
    """Decorator: makes `factory` the maker of rigs of this kind."""

    def add(factory: Factory) -> Factory:
        _FACTORIES[kind] = factory
        return factory

    return add


def kinds() -> list[str]:
    """Names of the kinds that can be made, built-in ones and those of installed packages."""
    _load()
    return sorted(_FACTORIES)


def make(
    kind: str,
    inputs: Mapping[str, Any],
    outputs: Mapping[str, Any],
    devices: Mapping[str, Any],
    seed: int,
    period_s: float,
    tables: Mapping[str, Any] | None = None,
) -> Rig:
    """A closed rig of this kind. `tables`: what the bench file says beside its channels, by table.

    Raises:
        LookupError: no such kind.
        ImportError: the rig was compiled against another RIG_ABI; calling it would call the wrong method.
    """
    _load()
    if kind not in _FACTORIES:
        raise LookupError(f"rig '{kind}' is unknown; there are {', '.join(sorted(_FACTORIES))}")
    rig = _FACTORIES[kind](inputs, outputs, devices, seed, period_s, tables or {})
    if rig.abi != RIG_ABI:
        mute = "does not say its RIG_ABI (self.abi = RIG_ABI in __cinit__)"
        said = f"was compiled for RIG_ABI {rig.abi}" if rig.abi else mute
        raise ImportError(f"rig '{kind}' {said}, this core has {RIG_ABI}: rebuild its package")
    return rig


def _load() -> None:
    from rigs import builtin  # noqa: F401  (registers on import)

    for entry in _entries():
        if entry.name not in _FACTORIES:
            _FACTORIES[entry.name] = entry.load()


@cache
def _entries() -> tuple[EntryPoint, ...]:
    """What installed packages bring; looked for once, since it reads a file of every package."""
    return tuple(entry_points(group="mockloop.rigs"))
