"""What a row of the recording holds: columns, widths and places, derived from the signal table for each policy.

Columns are sorted by width so that each lies aligned; names are the C names of the signals, since tools such as MATLAB
do not take a dot in a field name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from cext.tables import load

POLICIES = ("full", "decimated", "beats")
WORD_BYTES = 8  # the frame is made of doubles
POSITION = "position"
WINDOW = "window_frames"
AGE = "age_s"
QUALITY = "quality"
# Columns of time keep one name and mean the end of the window in a decimated row.
CLOCKS = ("time.tick", "time.t_s")
# Widest unsigned integers are sets of bits: their extremes over a window are AND and OR, so that no bit is missed.
BITS = "u4"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a row.

    `path` names the signal (empty: made by the recorder), `statistic` what is said of it: ``value``, or over a window
    ``mean``, ``last``, ``min``, ``max``, ``and``, ``or``, ``sum``. `source` is the word in the frame (-1: none).
    """

    name: str
    path: str
    unit: str
    description: str
    type: str
    deterministic: bool = True
    statistic: str = "value"
    source: int = -1
    count: int = 1


def missing(type_name: str) -> int | None:
    """The integer that stands for "no value" in a column of this type: the lowest if signed, the highest if unsigned.

    None for floating point, where NaN says it.
    """
    kind = np.dtype(type_name)
    if kind.kind == "f":
        return None
    limits = np.iinfo(kind)
    return int(limits.min if kind.kind == "i" else limits.max)


def _column(signal: load.Signal, source: int, name: str, statistic: str) -> Column:
    return Column(name, signal.path, signal.unit, signal.description, signal.type, signal.deterministic, statistic, source)


def _position() -> Column:
    return Column(POSITION, "", "frames", "Frames published before this one; a step of more than one is a gap", "i8")


def _inputs(statistic: str) -> list[Column]:
    count, first = len(load.inputs()), len(load.signals())
    return [
        Column(AGE, "", "s", "Age of each input when read, in table order", "f4", True, statistic, first, count),
        Column(QUALITY, "", "", "Quality of each input, in table order: 0 good", "u1", True, statistic, first + count, count),
    ]


def full_columns() -> list[Column]:
    """Columns of the policies `full` and `beats`: every frame as it is, in the recorded widths."""
    rows = [_column(s, i, s.cname, "value") for i, s in enumerate(load.signals())]
    return [_position(), *rows, *_inputs("value")]


def decimated_columns() -> list[Column]:
    """Columns of the policy `decimated`: mean (integers: last value), lowest and highest over a window."""
    made = [_position(), Column(WINDOW, "", "frames", "Frames in the window that ends at this row", "i4", True, "sum")]
    for i, s in enumerate(load.signals()):
        whole = np.dtype(s.type).kind != "f"
        middle = "last" if whole or s.path in CLOCKS else "mean"
        made.append(_column(s, i, s.cname, middle))
        if s.path in CLOCKS:
            continue
        for word, of_bits in (("min", "and"), ("max", "or")):
            statistic = of_bits if s.type == BITS else word
            made.append(_column(s, i, f"{s.cname}_{word}", statistic))
    return made + _inputs("max")


@dataclass(frozen=True, slots=True)
class Layout:
    """Columns in file order and the NumPy dtype of a row (little endian, aligned, itemsize a multiple of 8)."""

    policy: str
    columns: tuple[Column, ...]
    dtype: np.dtype[Any]

    def blank(self, count: int) -> np.ndarray[Any, Any]:
        """`count` zeroed rows, padding included: what is hashed must not hold memory's leftovers."""
        return np.zeros(count, self.dtype)

    def fill(self) -> np.void:
        """The row that HDF5 shows where nothing was written: position -1."""
        row = self.blank(1)
        row[POSITION] = -1
        return row[0]  # type: ignore[no-any-return]


def layout(policy: str) -> Layout:
    """The layout of a policy. Raises ValueError for an unknown one."""
    if policy not in POLICIES:
        raise ValueError(f"recording policy {policy!r} is unknown: allowed is one of {', '.join(POLICIES)}")
    columns = decimated_columns() if policy == "decimated" else full_columns()
    columns.sort(key=lambda c: -np.dtype(c.type).itemsize)  # stable: table order within a width
    names, formats, offsets, end = [], [], [], 0
    for column in columns:
        one = np.dtype(column.type).newbyteorder("<")
        names.append(column.name)
        formats.append(np.dtype((one, (column.count,))) if column.count > 1 else one)
        offsets.append(end)
        end += one.itemsize * column.count
    size = -(-end // WORD_BYTES) * WORD_BYTES
    dtype = np.dtype({"names": names, "formats": formats, "offsets": offsets, "itemsize": size})
    return Layout(policy, tuple(columns), dtype)
