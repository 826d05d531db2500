"""CSV files, plain or .gz: names in the first row, units in the names (``ecg_mV``, ``ABP [mmHg]``, ``Time (s)``) or in a second row.

Separated by comma, semicolon or tab. Time in s or ms (``t_s``, ``time``, ``Time (ms)``). A pressure without a unit is taken for mmHg;
an ECG without one, or in ``V`` where that may be the lead V, goes by its size: an ECG has 50 µV to 50 mV.
"""

from __future__ import annotations

import csv
import gzip
import re
from pathlib import Path

import numpy as np

from controller.signals.channel import TO_MMHG, TO_MV, Channel, Samples, in_own_unit, kind_of
from controller.signals.errors import RecordError
from controller.signals.grid import Grid

TIMES = ("t", "time", "seconds", "elapsed time", "time.t", "timestamp")
NAMED_UNIT = re.compile(
    r"^(?P<name>.*?)[\s_]*[\[(_/ ]\s*(?P<unit>mV|uV|µV|V|mmHg|kPa|Pa|cmH2O|ms|s|sec|seconds)\s*[\])]?$", re.IGNORECASE
)
TIME_UNITS = {"": 1.0, "s": 1.0, "sec": 1.0, "seconds": 1.0, "ms": 1e-3}
ECG_LEAST_MV, ECG_MOST_MV = 0.05, 50.0


def csv_channels(path: Path) -> list[Channel]:
    """Every column but the time. Raises RecordError."""
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rt", encoding="utf-8-sig", newline="") as file:
            lines = file.read().splitlines()
    except (OSError, UnicodeDecodeError, EOFError) as error:
        raise RecordError(f"{path}: not a readable CSV: {error}") from None
    lines = [line for line in lines if line.strip()]
    if not lines:
        raise RecordError(f"{path}: empty; a row of names and at least 2 rows of numbers are wanted")
    separator = max(",;\t", key=lines[0].count)
    columns = [_column(name) for name in next(csv.reader(lines[:1], delimiter=separator))]
    if len(lines) > 1 and (units := _units_row(lines[1], separator)):
        columns = [(name, unit or given) for (name, unit), given in zip(columns, units, strict=False)]
        del lines[1]
    table = _numbers(path, lines[1:], separator, len(columns))
    at = next((i for i, (name, _) in enumerate(columns) if name.lower() in TIMES), None)
    if at is None:
        there = ", ".join(name for name, _ in columns)
        raise RecordError(f"{path}: no column of time among {there}; name one t_s (seconds) or t_ms")
    unit = columns[at][1].lower()
    if unit not in TIME_UNITS:
        raise RecordError(f"{path}: time in {columns[at][1]!r} cannot be read; seconds (t_s) or milliseconds (t_ms) are wanted")
    t = table[:, at] * TIME_UNITS[unit]
    steps = np.diff(t)
    if not np.isfinite(t).all() or (steps <= 0.0).any():
        row = int(np.flatnonzero(~np.isfinite(t[1:]) | ~(steps > 0.0))[0]) + 1 if np.isfinite(t[0]) else 0
        raise RecordError(
            f"{path}: row {row + 1} of the numbers: time {t[row]:g} s does not rise; every row needs a later time"
        )
    grid = Grid.of(t)
    return [
        _channel(name, unit, grid.rate_hz, float(t[0]), grid.laid(table[:, i]))
        for i, (name, unit) in enumerate(columns)
        if i != at
    ]


def _column(head: str) -> tuple[str, str]:
    """Name and unit of a column; the unit is empty where the head says none."""
    head = head.strip().strip("'\"").strip()
    match = NAMED_UNIT.match(head)
    return (match["name"].strip(" _["), match["unit"]) if match and match["name"].strip(" _[") else (head, "")


def _units_row(line: str, separator: str) -> list[str]:
    """The units, where this row holds words, none of which is a number; else empty."""
    cells = [cell.strip().strip("'\"") for cell in line.split(separator)]
    known = {*TO_MV, *TO_MMHG, *TIME_UNITS}
    return cells if any(cells) and all(cell.lower() in known for cell in cells) else []


def _numbers(path: Path, lines: list[str], separator: str, width: int) -> Samples:
    if len(lines) < 2:
        raise RecordError(f"{path}: {len(lines)} rows of numbers; at least 2 are needed")
    rows = np.full((len(lines), width), np.nan)
    for i, line in enumerate(lines):
        cells = line.split(separator)
        if len(cells) != width:
            raise RecordError(f"{path}: row {i + 1} of the numbers has {len(cells)} columns, {width} are named")
        for j, cell in enumerate(cells):
            if (text := cell.strip().strip("'\"")) and text != "-":  # WFDB's rdsamp writes - for a missing value
                try:
                    rows[i, j] = float(text.replace(",", ".") if separator != "," else text)
                except ValueError:
                    raise RecordError(f"{path}: row {i + 1} of the numbers, column {j + 1}: {text!r} is no number") from None
    return rows


def _channel(name: str, unit: str, rate_hz: float, start_s: float, values: Samples) -> Channel:
    full = f"{name}_{unit}" if unit else name
    kind = kind_of(name, unit)
    if not unit and kind == "other":
        kind = next((kind_of(name, guess) for guess in ("mV", "mmHg") if kind_of(name, guess) != "other"), "other")
    if kind == "ecg" and unit in ("", "V", "v"):
        size = float(np.ptp(np.nanpercentile(values, (0.1, 99.9)))) if np.isfinite(values).any() else 1.0
        unit = "uV" if size > ECG_MOST_MV else "V" if 0.0 < size < ECG_LEAST_MV else "mV"
    elif kind in ("pressure", "balloon") and not unit:
        unit = "mmHg"
    return Channel(full, kind, unit, rate_hz, start_s, in_own_unit(values, kind, unit))
