"""A run as an xarray Dataset: finished, running, or left by a killed recorder."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from controller.runs.columns import Loaded, StoredColumn, load, stored_columns
from controller.runs.events import merged, read_events_file

if TYPE_CHECKING:
    import h5py
    import xarray as xr

TIME = "time.t_s"
INPUT_FIELDS = ("age_s", "quality")


def open_run(
    run: str | Path, signals: Iterable[str] | None = None, start_s: float = -np.inf, stop_s: float = np.inf
) -> xr.Dataset:
    """Loads the recording of a run folder.

    Args:
        run: the run folder.
        signals: paths such as ``plant.lvp_mmHg`` (age_s and quality for the state of the inputs); default every one.
        start_s, stop_s: keep start_s <= loop time < stop_s, of frames, beats and events.

    Returns:
        Dimensions `time` (index: loop time in s), `beat` (index: t_s of the beat's end), `event` (index: t_s), `gap`
        and `input`. Variables: each signal under its path (decimated: the mean, and ``…_min``, ``…_max``), each metric
        under its name, ``event_kind`` and so on, ``gap_tick_before``, ``gap_tick_after``, ``gap_frames``. `units` and
        `description` in the attributes. Segments are joined, frames that are in two of them are there once. Integers
        with missing values come as doubles with NaN. Attributes of the Dataset: those of the file, `complete`, `segments`,
        `lost_frames`, `content_sha256` (of a closed recording), `summary` (JSON).

    Raises:
        FileNotFoundError: no such folder. RecordingError: no recording in it, or one that cannot be read.
        KeyError: a signal that the recording does not have.
    """
    import xarray as xr

    from controller.recording.reading import json_lines, open_segments, summaries

    folder = Path(run)
    if not folder.is_dir():
        raise FileNotFoundError(f"run {folder} is not a folder")
    with ExitStack() as stack:
        files = open_segments(folder, stack)
        columns = chosen(stored_columns(files[0]), signals, folder)
        loaded = load([file["frames"] for file in files], columns, start_s, stop_s)
        data: dict[str, Any] = {}
        _add_signals(data, loaded, columns)
        _add_beats(data, files, start_s, stop_s)
        _add_gaps(data, loaded)
        events = merged(read_events_file(folder / "events.jsonl"), *(json_lines(file["events"]) for file in files))
        _add_events(data, [e for e in events if not start_s > e["t_s"] and not stop_s <= e["t_s"]])
        attributes = _attributes(files, loaded, summaries(files))
        time = data.pop(TIME)
        inputs = [str(path) for path in files[0].attrs["inputs"]]
    coordinates = {"time": ("time", time[1], time[2]), **{k: data.pop(k) for k in ("beat", "event")}}
    if any(name in data for name in INPUT_FIELDS):
        coordinates["input"] = ("input", inputs)
    return xr.Dataset(data, coordinates, attributes)


def chosen(columns: list[StoredColumn], signals: Iterable[str] | None, folder: Path) -> list[StoredColumn]:
    """The columns that belong to the signals asked for; loop time always."""
    if signals is None:
        return columns
    wanted = {*signals, TIME}
    known = {c.path or c.variable for c in columns}
    unknown = sorted(wanted - known)
    if unknown:
        raise KeyError(f"run {folder} has no signal {', '.join(unknown)}: `mockloop list signals` shows what there is")
    return [c for c in columns if (c.path or c.variable) in wanted]


def _add_signals(data: dict[str, Any], loaded: Loaded, columns: list[StoredColumn]) -> None:
    for column in columns:
        dimensions = ("time", "input") if column.count > 1 else ("time",)
        data[column.variable] = (dimensions, loaded.values[column.variable], column.attributes)


def beats_of(files: list[h5py.File]) -> np.ndarray[Any, Any]:
    """Rows of ``/beats`` (t_s, tick, metrics) of all segments; a beat that two of them hold is there once."""
    beats: np.ndarray[Any, Any] = np.concatenate([file["beats"][...] for file in files])
    if len(beats) == 0:
        return beats
    first = np.unique(np.stack([beats["tick"].astype(float), beats["t_s"]]), axis=1, return_index=True)[1]
    return beats[np.sort(first)]


def _add_beats(data: dict[str, Any], files: list[h5py.File], start_s: float, stop_s: float) -> None:
    units = {row["name"].decode(): row["unit"].decode() for row in files[0]["metrics"][...]}
    beats = beats_of(files)
    beats = beats[~(beats["t_s"] < start_s) & ~(beats["t_s"] >= stop_s)]
    data["beat"] = ("beat", beats["t_s"], {"units": "s", "description": "Loop time at the end of the beat"})
    data["beat_tick"] = ("beat", beats["tick"], {"units": "", "description": "Tick at the end of the beat"})
    for name in units:
        # The number of the beat must not take the place of the index, which is its time.
        data["beat_number" if name == "beat" else name] = ("beat", beats[name], {"units": units[name]})


def _add_gaps(data: dict[str, Any], loaded: Loaded) -> None:
    for name, text in (
        ("tick_before", "Last tick recorded before the gap, -1 at the start"),
        ("tick_after", "First tick recorded after the gap"),
        ("frames", "Frames that are missing"),
    ):
        values = np.array([getattr(gap, name) for gap in loaded.gaps], np.int64)
        data[f"gap_{name}"] = ("gap", values, {"units": "", "description": text})


def _add_events(data: dict[str, Any], events: list[dict[str, Any]]) -> None:
    data["event"] = ("event", np.array([e["t_s"] for e in events], float), {"units": "s"})
    data["event_tick"] = ("event", np.array([e["tick"] for e in events], np.int64))
    data["event_epoch_s"] = ("event", np.array([e["epoch_s"] for e in events], float), {"units": "s"})
    for name in ("kind", "priority", "text"):
        data[f"event_{name}"] = ("event", np.array([str(e[name]) for e in events], np.str_))
    data["event_data"] = ("event", np.array([json.dumps(e["data"]) for e in events], np.str_))


def _attributes(files: list[h5py.File], loaded: Loaded, closings: list[dict[str, Any]]) -> dict[str, Any]:
    """What the file says of itself, in plain types; `complete` is that of the last segment."""
    found = {key: value.item() if isinstance(value, np.generic) else value for key, value in files[0].attrs.items()}
    last = closings[-1]
    found |= {
        "complete": int(files[-1].attrs["complete"]),
        "closed_epoch_s": float(files[-1].attrs["closed_epoch_s"]),
        "segments": len(files),
        "lost_frames": sum(gap.frames for gap in loaded.gaps),
        "content_sha256": str(last.get("content_sha256", "")),
        "summary": json.dumps(last),
        "header": files[0]["header"].asstr()[()],
    }
    for key in ("segment", "inputs"):
        found.pop(key, None)
    return found
