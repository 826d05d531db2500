"""A recording in stretches of rows, as named columns: what every export walks through, so that memory does not grow with a run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from controller.runs.columns import StoredColumn

if TYPE_CHECKING:
    import h5py

BLOCK_ROWS = 8192
Values = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Column:
    """A column as it is written: `missing` is the integer that stands for "no value", None where NaN does."""

    name: str
    unit: str
    description: str
    stored: StoredColumn
    part: int | None = None  # of a column with several values a row: which input
    missing: int | None = None

    def of(self, rows: Values) -> Values:
        """Its values as recorded."""
        values: Values = rows[self.stored.field]
        return values if self.part is None else values[:, self.part]

    def with_nan(self, rows: Values) -> Values:
        """Its values, as doubles with NaN where integers may be missing: one type for every stretch."""
        values = self.of(rows)
        if self.missing is None:
            return values
        doubles = values.astype(np.float64)
        doubles[values == self.missing] = np.nan
        return doubles


def written_columns(columns: list[StoredColumn], inputs: list[str]) -> list[Column]:
    """The columns one by one; age and quality once for each input (``quality:in.aop_mmHg``)."""
    found = []
    for stored in columns:
        unit, text = str(stored.attributes["units"]), str(stored.attributes["description"])
        if stored.count > 1:
            found += [Column(f"{stored.variable}:{name}", unit, text, stored, k) for k, name in enumerate(inputs)]
        else:
            found.append(Column(stored.variable, unit, text, stored, None, stored.missing))
    return found


def stretches(files: list[h5py.File]) -> Iterator[Values]:
    """Rows of ``/frames`` of all segments, at most BLOCK_ROWS at a time; one empty stretch where there are none."""
    from controller.recording.reading import blocks

    frames = [file["frames"] for file in files]
    empty = True
    for rows in blocks(frames):
        for start in range(0, len(rows), BLOCK_ROWS):
            empty = False
            yield rows[start : start + BLOCK_ROWS]
    if empty:
        yield np.empty(0, frames[0].dtype)
