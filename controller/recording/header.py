"""The header of a recording: what the supervisor says of the run, checked, and as it lies in the file."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

REQUIRED: dict[str, type | tuple[type, ...]] = {
    "software_version": str,
    "build_id": str,
    "seed": int,
    "simulated": bool,
    "hardware": str,
    "t0_epoch_s": (int, float),
    "period_us": (int, float),
}


class HeaderError(ValueError):
    """header.json is missing, is not JSON, or lacks what a recording must say of itself."""


@dataclass(frozen=True, slots=True)
class Header:
    """What is known when the run starts.

    `metrics` maps the name of each metric per beat to its unit (the columns of ``/beats``), `configuration` the name of each
    file as used to its text. `options` steer the policies: ``window_frames`` (decimated, default 20), ``before_s`` and
    ``after_s`` around an event (beats, default 60 and 10). `everything` is the whole JSON object, known keys or not.
    """

    software_version: str
    build_id: str
    seed: int
    simulated: bool
    hardware: str
    t0_epoch_s: float
    period_us: float
    metrics: dict[str, str] = field(default_factory=dict)
    configuration: dict[str, str] = field(default_factory=dict)
    options: dict[str, float] = field(default_factory=dict)
    everything: dict[str, Any] = field(default_factory=dict)

    def option(self, name: str, default: float, low: float, high: float) -> float:
        """A number of the recording options. Raises HeaderError if it is not a number from `low` to `high`."""
        value = self.options.get(name, default)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
            raise HeaderError(f"header: recording option {name} = {value!r} is refused: allowed is {low:g} to {high:g}")
        return float(value)


def parse(content: Any) -> Header:
    """A Header from the JSON object. Raises HeaderError naming the key, what is there and what is needed."""
    if not isinstance(content, dict):
        raise HeaderError(f"header: a JSON object is needed, found {type(content).__name__}")
    for key, kind in REQUIRED.items():
        if key not in content:
            raise HeaderError(f"header: {key!r} is missing; needed are {', '.join(REQUIRED)}")
        value = content[key]
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise HeaderError(f"header: {key} = {value!r} has the wrong type")
    maps: dict[str, dict[str, Any]] = {}
    for key, source, kind in (
        ("metrics", content.get("metrics"), str),
        ("configuration", content.get("configuration"), str),
        ("options", content.get("recording"), object),
    ):
        table = {} if source is None else source
        if not isinstance(table, dict) or not all(isinstance(v, kind) for v in table.values()):
            raise HeaderError(f"header: {key} must be an object of {kind.__name__} values")
        maps[key] = table
    everything: dict[str, Any] = {**{key: content[key] for key in REQUIRED}, **maps, "everything": content}
    return Header(**everything)


def read(path: Path) -> Header:
    """The header from a file. Raises HeaderError if it cannot be read or is not as it should be."""
    try:
        return parse(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise HeaderError(f"header {path}: {error.strerror}") from error
    except json.JSONDecodeError as error:
        raise HeaderError(f"header {path}:{error.lineno}:{error.colno}: not JSON: {error.msg}") from error
