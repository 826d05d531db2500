"""The columns of a recording as its own ``/signals`` table declares them, loaded from the joined segments."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import h5py

Values = np.ndarray[Any, Any]
MIDDLE = ("value", "mean", "last")  # what carries the bare name of the signal


@dataclass(frozen=True, slots=True)
class StoredColumn:
    """One field of ``/frames``: `variable` is its name in a Dataset, `missing` the integer for "no value" (None: NaN)."""

    field: str
    variable: str
    path: str
    count: int
    missing: int | None
    attributes: dict[str, str | int]


@dataclass(slots=True)
class Gap:
    """Frames that are not in the recording, between two that are (tick -1: before the first)."""

    tick_before: int
    tick_after: int
    frames: int


@dataclass(slots=True)
class Loaded:
    """Columns by variable, and what was seen on the way through all rows, chosen or not."""

    values: dict[str, Values]
    gaps: list[Gap] = field(default_factory=list)
    rows_seen: int = 0
    frames_seen: int = 0
    last_position: int = -1
    last_tick: int = -1


def stored_columns(file: h5py.File) -> list[StoredColumn]:
    """The columns of a segment, in file order."""
    found = []
    for row in file["signals"][...]:
        words = {name: row[name].decode() for name in ("name", "path", "unit", "description", "statistic", "missing")}
        suffix = "" if words["statistic"] in MIDDLE else words["name"][len(words["path"]) :]
        attributes: dict[str, str | int] = {
            "units": words["unit"],
            "description": words["description"],
            "statistic": words["statistic"],
            "deterministic": int(row["deterministic"]),
        }
        found.append(
            StoredColumn(
                words["name"],
                words["path"] + suffix if words["path"] else words["name"],
                words["path"],
                int(row["count"]),
                None if words["missing"] == "NaN" else int(words["missing"]),
                attributes,
            )
        )
    return found


def load(
    frames: Sequence[h5py.Dataset], columns: Collection[StoredColumn], start_s: float = -np.inf, stop_s: float = np.inf
) -> Loaded:
    """Reads `columns` of the rows with start_s <= t_s < stop_s, from the datasets ``/frames`` of all segments."""
    from controller.recording.reading import blocks

    dtype, policy = frames[0].dtype, frames[0].file.attrs["policy"]
    room = sum(int(dataset.shape[0]) for dataset in frames)
    every = start_s == -np.inf and stop_s == np.inf
    room = room if every else min(room, 1 << 16)
    into = {c.variable: _room(dtype[c.field], room) for c in columns}
    seen = Loaded({})
    filled = 0
    for rows in blocks(frames):
        if policy != "beats":
            _note_gaps(seen, rows)
        seen.rows_seen += len(rows)
        seen.frames_seen += int(rows["window_frames"].sum()) if policy == "decimated" else len(rows)
        if len(rows):
            seen.last_position, seen.last_tick = int(rows["position"][-1]), int(rows["time_tick"][-1])
        if not every:
            rows = rows[(rows["time_t_s"] >= start_s) & (rows["time_t_s"] < stop_s)]
        end = filled + len(rows)
        for column in columns:
            if end > len(into[column.variable]):
                more = _room(dtype[column.field], max(end, 2 * len(into[column.variable])))
                more[:filled] = into[column.variable][:filled]
                into[column.variable] = more
            into[column.variable][filled:end] = rows[column.field]
        filled = end
    seen.values = {c.variable: _with_nan(into[c.variable][:filled], c.missing) for c in columns}
    return seen


def _room(kind: np.dtype[Any], length: int) -> Values:
    return np.empty((length, *kind.shape), kind.base)


def _with_nan(values: Values, missing: int | None) -> Values:
    """Integers with a missing value become doubles with NaN; without, they stay what they are."""
    if missing is None or values.ndim > 1:
        return values
    absent = values == missing
    if not absent.any():
        return values
    doubles = values.astype(np.float64)
    doubles[absent] = np.nan
    return doubles


def _note_gaps(seen: Loaded, rows: Values) -> None:
    """Frames missing between neighbouring rows: a row covers `window_frames` positions up to its own (one, in policy full)."""
    position = rows["position"]
    covered = rows["window_frames"] if "window_frames" in (rows.dtype.names or ()) else 1
    before = np.concatenate([[seen.last_position], position[:-1]])
    lost = position - covered - before
    ticks = np.concatenate([[seen.last_tick], rows["time_tick"][:-1]])
    for at in np.flatnonzero(lost > 0):
        seen.gaps.append(Gap(int(ticks[at]), int(rows["time_tick"][at]), int(lost[at])))
