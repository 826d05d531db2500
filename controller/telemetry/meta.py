"""The retained description of what a bench publishes: signals with units, ranges, software, SIMULATED."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cext.tables import load
from cext.tables.load import Signal

FORMAT = 1


def meta(
    *,
    bench: str,
    simulated: bool,
    software: Mapping[str, str],
    period_us: int = 1000,
    epoch_s: float | None = None,
    ranges: Mapping[str, Sequence[float]] | None = None,
    fast: Sequence[str] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """What goes into ``--meta`` of the telemetry process and, with its rate, onto the meta topic.

    Args:
        bench: name of the bench.
        simulated: whether any part of it is not hardware; becomes ``"SIMULATED": true``.
        software: name, version, build.
        period_us: of the loop.
        epoch_s: wall clock at loop time 0; None: the telemetry process takes it from the first frame that it sees.
        ranges: low and high by signal path, where the bench declares them.
        fast: paths on the fast topic; default: those that the table marks `fast`.
        more: further entries (patient, protocol, run folder), JSON values.

    Raises:
        ValueError: a path in `fast` or `ranges` that is no signal.
    """
    rows = {s.path: s for s in load.signals()}
    ranges = ranges or {}
    chosen = [s.path for s in rows.values() if s.fast] if fast is None else list(fast)
    unknown = [path for path in [*chosen, *ranges] if path not in rows]
    if unknown:
        raise ValueError(f"{unknown[0]!r} is not a signal: see `mockloop list signals`")
    signals: dict[str, dict[str, Any]] = {}
    for path in chosen:
        signals[path] = {"unit": rows[path].unit, "description": rows[path].description}
        if path in ranges:
            signals[path]["range"] = list(ranges[path])
    return {
        "format": FORMAT,
        "bench": bench,
        "SIMULATED": simulated,
        "software": dict(software),
        "period_us": period_us,
        "epoch_s": epoch_s,
        "states": list(load.STATES),
        "signals": signals,
        **more,
    }


def read(path: Path) -> dict[str, Any]:
    """The document in the file. Raises ValueError naming what is wrong, OSError."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path}: not JSON: {error}") from None
    if not isinstance(document, dict) or not isinstance(document.get("signals"), dict):
        raise ValueError(f'{path}: not a description of a bench: an object with "signals" is expected')
    period_us = document.get("period_us", 1000)
    if isinstance(period_us, bool) or not isinstance(period_us, (int, float)) or not period_us > 0:
        raise ValueError(f"{path}: period_us = {period_us!r} is refused: allowed is a number of microseconds above 0")
    epoch_s = document.get("epoch_s")
    if epoch_s is not None and (isinstance(epoch_s, bool) or not isinstance(epoch_s, (int, float))):
        raise ValueError(f"{path}: epoch_s = {epoch_s!r} is refused: allowed are seconds since 1970, or null")
    selected(document, path)
    return document


def selected(document: Mapping[str, Any], origin: Path | str = "meta") -> list[Signal]:
    """Rows of the signal table that the document names. Raises ValueError for one that is not there."""
    rows = {s.path: s for s in load.signals()}
    for path in document["signals"]:
        if path not in rows:
            raise ValueError(f"{origin}: {path!r} is not a signal of this version")
    return [rows[path] for path in document["signals"]]
