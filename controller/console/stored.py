"""A stored run as the screen takes it: blocks like those of the stream, cut out of its recording, and what else is known of it."""

from __future__ import annotations

import json
import threading
import tomllib
from collections import OrderedDict
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from controller.audit.file import NAME as AUDIT
from controller.audit.file import read_audit_file
from controller.console.block import columns_block
from controller.console.channels import HIGHEST, SCALARS, channels, layout
from controller.recording.names import segments
from controller.recording.ownership import writer_lives
from controller.recording.reading import json_lines, open_segments
from controller.runs.alarm_history import alarm_history
from controller.runs.columns import stored_columns
from controller.runs.events import merged, read_events_file
from controller.runs.opening import beats_of

Row = dict[str, Any]
Values = NDArray[Any]
BLOCK_TICKS = 50
MOST_TICKS = 4000  # of one request: 0.3 MB
MOST_BEATS = 6000
MOST_EVENTS = 3000
KEPT_OPEN = 3  # runs
ROWS = 1 << 16
MARKS = ("beat.trigger",)  # true in one tick only: a mean would lose them
BEAT_METRICS = (
    "hr_bpm", "map_mmHg", "aop_systolic_mmHg", "aop_diastolic_mmHg", "aop_augmented_mmHg", "lvp_peak_mmHg", "lvedp_mmHg",
    "lap_mean_mmHg", "pap_systolic_mmHg", "pap_diastolic_mmHg", "pap_mean_mmHg", "cvp_mmHg", "co_L_min", "cpo_W",
    "lv_ejection_fraction_pct", "stroke_volume_mL", "iabp_volume_mL", "iabp_inflation_error_ms", "iabp_deflation_error_ms",
)  # fmt: skip


class Part:
    """A segment's rows, found by tick. In policy ``beats`` frames of late events stand behind: there the ticks are sorted first."""

    def __init__(self, frames: h5py.Dataset) -> None:
        self.frames = frames
        self._one_tick = frames.fields("time_tick")
        self._order: Values | None = None
        if frames.file.attrs["policy"] == "beats":
            found = [frames.fields("time_tick")[at : at + ROWS] for at in range(0, frames.shape[0], ROWS)]
            self._ticks = np.concatenate(found) if found else np.empty(0, np.int64)
            self._order = np.unique(self._ticks, return_index=True)[1]

    @property
    def length(self) -> int:
        return len(self._order) if self._order is not None else int(self.frames.shape[0])

    def tick(self, at: int) -> int:
        return int(self._ticks[self._order[at]] if self._order is not None else self._one_tick[at])

    def from_tick(self, wanted: int) -> int:
        """The place of the first row whose tick is `wanted` or later: rows stand almost evenly, so the first guess is near."""
        low, high = 0, self.length
        if not high or wanted <= (first := self.tick(0)):
            return 0
        if wanted > (last := self.tick(high - 1)):
            return high
        guess, width = round((wanted - first) * (high - 1) / (last - first)), 8
        if self.tick(guess) < wanted:
            low = guess + 1
            while low + width < high and self.tick(low + width - 1) < wanted:
                low, width = low + width, 8 * width
            high = min(high, low + width)
        else:
            high = guess
            while high - width > low and self.tick(high - width) >= wanted:
                high, width = high - width, 8 * width
            low = max(low, high - width)
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if self.tick(middle) < wanted else (low, middle)
        return low

    def rows(self, first: int, last: int) -> Values:
        if self._order is None:
            return np.asarray(self.frames[first:last])
        places = self._order[first:last]
        if not len(places):
            return np.empty(0, self.frames.dtype)
        span: Values = self.frames[int(places.min()) : int(places.max()) + 1]
        return np.asarray(span[places - places.min()])

    def stretches(self) -> list[tuple[int, int]]:
        """First and last tick of what stands without a gap."""
        if not self.length:
            return []
        if self._order is None:
            return [(self.tick(0), self.tick(self.length - 1))]
        ticks = self._ticks[self._order]
        cut = np.flatnonzero(np.diff(ticks) > 1)
        return list(zip(ticks[np.r_[0, cut + 1]].tolist(), ticks[np.r_[cut, len(ticks) - 1]].tolist(), strict=True))


class StoredRun:
    """An open recording. Raises RecordingError, FileNotFoundError."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._stack = ExitStack()
        try:
            self._files = open_segments(folder, self._stack)
            first = self._files[0]
            self.policy = str(first.attrs["policy"])
            self._columns = {c.variable: c for c in stored_columns(first)}
            self._parts = [Part(file["frames"]) for file in self._files]
        except BaseException:
            self._stack.close()
            raise

    def close(self) -> None:
        self._stack.close()

    def samples(self, tick: int, ticks: int) -> bytes:
        """Blocks of what was recorded from `tick` on, for `ticks` ticks; nothing where nothing was.

        What was recorded in windows (policy ``decimated``) is drawn as a line through their means.
        """
        # The window before and after, so that lines reach from edge to edge.
        margin = 256 if self.policy == "decimated" else 0
        found = [part.rows(part.from_tick(tick - margin), part.from_tick(tick + ticks + margin)) for part in self._parts]
        rows = np.concatenate(found)
        if not len(rows):
            return b""
        rows = rows[np.unique(rows["time_tick"], return_index=True)[1]]
        blocks: list[bytes] = []
        for stretch in np.split(rows, np.flatnonzero(self._gaps(rows)) + 1):
            at, columns = self._every_tick(stretch)
            keep = (at >= tick) & (at < tick + ticks)
            at = at[keep]
            for begin in range(0, len(at), BLOCK_TICKS):
                some = {name: values[keep][begin : begin + BLOCK_TICKS] for name, values in columns.items()}
                blocks.append(bytes(columns_block(float(at[begin]), some)))
        return b"".join(blocks)

    def _gaps(self, rows: Values) -> Values:
        step = np.diff(rows["time_tick"].astype(np.int64))
        return step > (rows["window_frames"][1:] if "window_frames" in (rows.dtype.names or ()) else 1)

    def _every_tick(self, rows: Values) -> tuple[Values, dict[str, Values]]:
        """Ticks, and every column that the screen needs at each of them."""
        ticks = rows["time_tick"].astype(np.int64)
        names = dict.fromkeys((*channels(), *SCALARS, *HIGHEST))
        if self.policy != "decimated":
            return ticks, {name: self._column(rows, name) for name in names}
        at = np.arange(ticks[0] - int(rows["window_frames"][0]) + 1, ticks[-1] + 1)
        middle = ticks - 0.5 * (rows["window_frames"].astype(float) - 1)
        held = np.minimum(np.searchsorted(ticks, at), len(ticks) - 1)
        columns = {}
        for name in names:
            if name in MARKS:
                columns[name] = np.zeros(len(at))
                columns[name][ticks[self._column(rows, f"{name}_max") > 0.5] - at[0]] = 1.0
            elif name in channels() and name != "iabp.phase":
                columns[name] = np.interp(at, middle, self._column(rows, name))
            else:
                columns[name] = self._column(rows, name)[held]
        return at, columns

    def _column(self, rows: Values, name: str) -> Values:
        column = self._columns.get(name)
        if column is None:
            return np.full(len(rows), np.nan)
        values = rows[column.field].astype(np.float64)
        if column.missing is not None:
            values[rows[column.field] == column.missing] = np.nan
        return values

    def about(self) -> Row:
        """What there is to know beside the samples: where it begins and ends, steps, beats, events, alarms, settings."""
        summary = _json(self.folder / "summary.json")
        header = _json(self.folder / "config" / "header.json")
        events = merged(read_events_file(self.folder / "events.jsonl"), *(json_lines(f["events"]) for f in self._files))
        stretches = [stretch for part in self._parts for stretch in part.stretches()]
        attributes = self._files[0].attrs
        beats = beats_of(self._files)
        every = max(1, -(-len(beats) // MOST_BEATS))
        beats = beats[::every]
        names = [name for name in BEAT_METRICS if name in (beats.dtype.names or ())]
        return {
            "run": self.folder.name, "layout": layout(), "policy": self.policy, "period_us": int(attributes["period_us"]),
            "simulated": bool(attributes["simulated"]), "t0_epoch_s": float(attributes["t0_epoch_s"]),
            "first_tick": min((a for a, _ in stretches), default=0), "last_tick": max((b for _, b in stretches), default=-1),
            "stretches": sorted(stretches), "protocol": header.get("protocol") or "", "patient": header.get("patient"),
            "bench": header.get("bench") or "", "verdict": summary.get("verdict", ""),
            "steps": [{key: step.get(key) for key in ("name", "title", "verdict", "start_s", "end_s")}
                      for step in summary.get("steps", [])],
            "beats": {"t_s": _listed(beats["t_s"]) if len(beats) else [], "every": every,
                      "metrics": {name: _listed(beats[name]) for name in names}},
            "values": header.get("settings") or {}, "offers": _offers(self.folder, str(header.get("bench") or "")),
            "events": events[-MOST_EVENTS:], "alarms": alarm_history(events),
            "audit": [beat.as_dict() for beat in read_audit_file(self.folder / AUDIT)[-MOST_BEATS:]],
        }  # fmt: skip


class Shelf:
    """Runs that are being looked at: the last `KEPT_OPEN` stay open, one request at a time reads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()  # HDF5 reads one at a time anyhow
        self._open: OrderedDict[Path, StoredRun] = OrderedDict()

    def about(self, folder: Path) -> Row:
        with self._lock:
            return self._of(folder).about()

    def samples(self, folder: Path, tick: int, ticks: int) -> bytes:
        with self._lock:
            return self._of(folder).samples(tick, min(ticks, MOST_TICKS))

    def _of(self, folder: Path) -> StoredRun:
        run = self._open.pop(folder, None)
        paths = segments(folder)
        if run is not None and paths and writer_lives(paths[-1]):
            run.close()  # it has grown meanwhile
            run = None
        if run is None:
            run = StoredRun(folder)
        self._open[folder] = run
        while len(self._open) > KEPT_OPEN:
            self._open.popitem(last=False)[1].close()
        return run


def _listed(values: Values) -> list[float | None]:
    """Six digits are what a screen shows; NaN is null in JSON."""
    return [float(f"{value:.6g}") if np.isfinite(value) else None for value in values.tolist()]


def _json(path: Path) -> Row:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _offers(folder: Path, bench: str) -> list[str]:
    try:
        found = tomllib.loads((folder / "config" / f"{bench}.toml").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    offers = found.get("bench", {}).get("offers", [])
    return [str(offer) for offer in offers] if isinstance(offers, list) else []
