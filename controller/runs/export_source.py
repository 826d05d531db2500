"""What an export is made from: the open segments of a run, its columns, beats and events."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from controller.runs.columns import StoredColumn
from controller.runs.opening import beats_of
from controller.runs.stretches import Column, Values, stretches, written_columns

if TYPE_CHECKING:
    import h5py

Progress = Callable[[float], None]


@dataclass(slots=True)
class ExportSource:
    """A run that is being exported. `stored`: the columns that were chosen, time first. `events`: in the order of time."""

    files: list[h5py.File]
    stored: list[StoredColumn]
    events: list[dict[str, Any]]
    progress: Progress | None = None
    columns: list[Column] = field(init=False)

    def __post_init__(self) -> None:
        self.columns = written_columns(self.stored, [str(path) for path in self.files[0].attrs["inputs"]])

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of a recorded row."""
        found: np.dtype[Any] = self.files[0]["frames"].dtype
        return found

    @property
    def rows(self) -> int:
        return sum(int(file["frames"].shape[0]) for file in self.files)

    @property
    def beats(self) -> Values:
        return beats_of(self.files)

    @property
    def beat_units(self) -> dict[str, str]:
        units = {row["name"].decode(): row["unit"].decode() for row in self.files[0]["metrics"][...]}
        return {"t_s": "s", "tick": ""} | units

    @property
    def attributes(self) -> dict[str, Any]:
        """What the recording says of itself, in plain types."""
        found = {key: value.item() if isinstance(value, np.generic) else value for key, value in self.files[0].attrs.items()}
        return {key: value for key, value in found.items() if isinstance(value, (str, int, float)) and key != "segment"}

    def walk(self) -> Iterator[Values]:
        """All rows, in stretches; `progress` hears the share done."""
        done, total = 0, max(self.rows, 1)
        for rows in stretches(self.files):
            yield rows
            done += len(rows)
            if self.progress:
                self.progress(done / total)
