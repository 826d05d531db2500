"""What a recording holds for playing it again: inputs as the loop saw them, what was asked for and when, and what went out."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cext.tables.load import conditions, inputs, outputs, signals
from controller.config.experiment import Experiment, load_experiment
from controller.recording.reading import RecordingError
from controller.runs.opening import open_run

QUALITY_RANGE = 4  # cext/rig.pxd
REQUESTS = ("arm", "disarm", "start", "reset", "trip_request")
COMPARED = ("state.state", "state.latched", *(s.path for s in outputs()))
Array = np.ndarray[Any, Any]


class CannotReplay(Exception):
    """This run does not hold what a replay needs; the text says what is missing."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Something that was asked for, in force from `tick` on."""

    tick: int
    kind: str  # set, request, hold-stop
    path: str
    value: Any = None
    ramp_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Tape:
    """Arrays have one row a tick, from tick 0 on.

    `values`, `ages_s`, `qualities`: (ticks, inputs) in the order of the signal table. `codes`: (ticks, 4) answers of the rig.
    `wanted`: what went out, by path, in the recorded width. `realtime`: the run's clock was real; what was asked for is then
    placed to a slice, not to a tick.
    """

    values: Array
    ages_s: Array
    qualities: Array
    codes: Array
    asked: list[Asked]
    wanted: dict[str, Array]
    realtime: bool
    experiment: Experiment

    def __len__(self) -> int:
        return len(self.values)


def read_tape(folder: Path) -> Tape:
    """The tape of a run folder, up to the first gap.

    Raises:
        FileNotFoundError: no such folder. CannotReplay: no full recording, or none of its beginning. ConfigError: the
        configuration in the folder is not accepted any more.
    """
    names = [s.path for s in inputs()]
    paths = [*names, *COMPARED, "state.conditions", "state.bad_inputs", "state.rig_error", "state.step", "time.tick"]
    header = _header(folder)
    try:
        with open_run(folder, [*paths, "age_s", "quality"]) as run:
            if run.attrs["policy"] != "full":
                raise CannotReplay(
                    f"{folder}: the recording's policy is {run.attrs['policy']}: a replay needs every tick (full)"
                )
            ticks = run["time.tick"].values.astype(np.int64)
            count = (
                len(ticks) if len(ticks) == 0 or ticks[-1] == len(ticks) - 1 else int(np.argmax(ticks != np.arange(len(ticks))))
            )
            if count == 0:
                raise CannotReplay(f"{folder}: the recording does not begin with the first tick")
            column = {path: run[path].values[:count] for path in paths}
            ages_s, qualities = (run[name].values[:count] for name in ("age_s", "quality"))
            events = [
                (int(tick), str(kind), json.loads(str(data)))
                for tick, kind, data in zip(
                    run["event_tick"].values, run["event_kind"].values, run["event_data"].values, strict=True
                )
            ]
    except (RecordingError, KeyError) as error:
        raise CannotReplay(f"{folder}: {error.args[0] if error.args else error}") from None
    bad = np.nan_to_num(column["state.bad_inputs"]).astype(np.int64)
    qualities = qualities.astype(np.uint8)
    for i in range(len(names)):  # a reading that was flagged for its value stands in the recording as the guard held it
        flagged = (bad >> i & 1 > 0) & (qualities[:, i] == 0)
        qualities[flagged, i] = QUALITY_RANGE
    return Tape(
        np.stack([column[path].astype(np.float64) for path in names], axis=1),
        ages_s.astype(np.float64),
        qualities,
        _codes(column["state.rig_error"], bad, qualities),
        sorted(
            [*_steps(column["state.step"]), *_settings(events), *_requests(column["state.conditions"])], key=lambda a: a.tick
        ),
        {path: column[path] for path in COMPARED},
        bool(header["realtime"]),
        _experiment(folder, header),
    )


def _header(folder: Path) -> dict[str, Any]:
    if not folder.is_dir():
        raise FileNotFoundError(2, "is no run folder", str(folder))
    try:
        found: dict[str, Any] = json.loads((folder / "config" / "header.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise CannotReplay(
            f"{folder}: config/header.json is missing or broken: this is no run folder of mockloop run"
        ) from None
    return found


def _experiment(folder: Path, header: dict[str, Any]) -> Experiment:
    """The run's own configuration, from the files in its folder."""
    files: dict[str, str] = {}
    for file in sorted((folder / "config").glob("*.toml")):
        for kind in ("protocol", "bench", "patient"):
            if kind in tomllib.loads(file.read_text(encoding="utf-8")):
                files.setdefault(kind, str(file))
    rows = json.loads((folder / "config" / "settings.json").read_text(encoding="utf-8"))["settings"]
    sets = [f"{row['path']}={_word(row['value'])}" for row in rows if row["origin"].startswith("--set")]
    return load_experiment(files.get("protocol"), bench=files.get("bench"), patient=files.get("patient"), sets=sets)


def _word(value: Any) -> str:
    return ("on" if value else "off") if isinstance(value, bool) else str(value)


def _codes(errors: Array, bad: Array, qualities: Array) -> Array:
    """Answers of read and write: an error with every present input flagged was the read's, another the write's of the tick before."""
    codes = np.zeros((len(errors), 4), np.intc)
    errors = np.nan_to_num(errors).astype(np.int64)
    present = ((qualities != 1) * (1 << np.arange(qualities.shape[1]))).sum(axis=1)
    for tick in np.flatnonzero(errors < 0):
        if bad[tick] == present[tick]:
            codes[tick, 0] = errors[tick]
        elif tick > 0:
            codes[tick - 1, 1] = errors[tick]
    return codes


def _steps(step: Array) -> Iterator[Asked]:
    """The number of the protocol's step, which the engine sets before the settings of that step."""
    values = np.nan_to_num(step)
    for tick in np.flatnonzero(np.diff(values, prepend=0.0)):
        yield Asked(int(tick), "set", "run.step", float(values[tick]))


def _settings(events: list[tuple[int, str, dict[str, Any]]]) -> Iterator[Asked]:
    for tick, kind, data in events:
        if kind == "setting":
            yield Asked(tick, "set", data["path"], data["value"], data["ramp_s"])


def _requests(found: Array) -> Iterator[Asked]:
    """Requests as the machine took them, tick by tick; STOP as long as it was held."""
    bits = np.nan_to_num(found).astype(np.int64)
    place = {c.name: i for i, c in enumerate(conditions())}
    for name in REQUESTS:
        at = (bits >> place[name] & 1).astype(bool)
        before = np.concatenate(([False], at[:-1]))
        for tick in np.flatnonzero(at & ~before if name == "trip_request" else at):
            yield Asked(int(tick), "request", name)
    held = (bits >> place["stop"] & 1).astype(np.int64)
    for tick in np.flatnonzero(np.diff(held, prepend=0)):
        yield Asked(int(tick), "hold-stop", "", bool(held[tick]))


assert {s.path for s in signals()} >= set(COMPARED)
