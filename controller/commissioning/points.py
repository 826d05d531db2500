"""The point-to-point list: every wire of the bench, what was seen on it, and what a person found."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from controller.config.calibration import wire_of

if TYPE_CHECKING:
    from controller.config.bench import Bench

Mark = Literal["open", "ok", "wrong"]
MARKS: tuple[Mark, ...] = ("open", "ok", "wrong")


@dataclass(slots=True)
class Point:
    """One channel. `least` and `most`: what was seen of an input, or went out of an output, since the list was begun."""

    channel: str  # with its group: in.aop_mmHg, out.valve_vacuum
    wire: dict[str, Any] | None
    mark: Mark = "open"
    note: str = ""
    at_epoch_s: float | None = None
    least: float | None = None
    most: float | None = None
    bad: int = 0  # readings whose quality was bad


class PointList:
    """All points of a bench. `saw` feeds it with frames; `found` marks a point."""

    def __init__(self, bench: Bench, operator: str) -> None:
        self._bench, self._operator = bench, operator
        self._from_epoch_s = time.time()
        self.points = {
            f"{group}.{name}": Point(f"{group}.{name}", wire_of(row))
            for group, rows in (("in", bench.inputs), ("out", bench.outputs))
            for name, row in rows.items()
        }

    @property
    def touched(self) -> bool:
        return any(point.mark != "open" for point in self.points.values())

    def saw(self, frames: np.ndarray) -> None:
        """Takes the extremes of every channel; readings of bad quality count apart."""
        from cext.tables.load import inputs

        index = {signal.path: i for i, signal in enumerate(inputs())}
        for path, point in self.points.items():
            values = frames[path].astype(float)
            if path in index:
                good = (frames["quality"][:, index[path]] == 0) & np.isfinite(values)
                point.bad += int(np.count_nonzero(~good))
                values = values[good]
            if len(values):
                point.least = float(values.min()) if point.least is None else min(point.least, float(values.min()))
                point.most = float(values.max()) if point.most is None else max(point.most, float(values.max()))

    def found(self, channel: str, mark: Mark, note: str = "") -> Point:
        """A person's finding. Raises KeyError: no such point. ValueError: no such mark."""
        if mark not in MARKS:
            raise ValueError(f"a point is {', '.join(MARKS)}, not {mark!r}")
        point = self.points[channel]
        point.mark, point.note, point.at_epoch_s = mark, note, time.time()
        return point

    def record(self) -> dict[str, Any]:
        """The list as it is kept."""
        bench, points = self._bench, self.points.values()
        return {
            "bench": bench.name,
            "bench_file": bench.source.name,
            "bench_sha256": hashlib.sha256(bench.source.text.encode()).hexdigest(),
            "simulated": bench.bench.simulated,
            "operator": self._operator,
            "from_epoch_s": self._from_epoch_s,
            "to_epoch_s": time.time(),
            "complete": all(point.mark == "ok" for point in points),
            "counts": {mark: sum(point.mark == mark for point in points) for mark in MARKS},
            "points": [_as_dict(point) for point in points],
        }

    def save(self, path: Path) -> Mapping[str, Any]:
        """Writes the record in one piece. Raises OSError."""
        record = self.record()
        draft = path.with_name(path.name + ".part")
        draft.write_text(json.dumps(record, ensure_ascii=False, allow_nan=False, indent=2) + "\n", encoding="utf-8")
        draft.replace(path)
        return record


def _as_dict(point: Point) -> dict[str, Any]:
    return {name: getattr(point, name) for name in Point.__slots__}
