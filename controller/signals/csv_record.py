"""CSV files, plain or .gz: a header line, time in seconds (``t_s``, ``time``), one column a channel with its unit in the name."""

from __future__ import annotations

import csv
import gzip
import re
from pathlib import Path

import numpy as np

from controller.signals.channel import Channel, in_own_unit, kind_of
from controller.signals.errors import RecordError

TIMES = ("t_s", "time_s", "time", "t", "seconds", "time.t_s")


def csv_channels(path: Path) -> list[Channel]:
    """Every column but the time. Raises RecordError."""
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rt", encoding="utf-8-sig", newline="") as file:
            header = next(csv.reader(file), [])
            table = np.genfromtxt(file, delimiter=",", dtype=np.float64, ndmin=2)
    except (OSError, UnicodeDecodeError, ValueError, EOFError) as error:
        raise RecordError(f"{path}: not a readable CSV: {error}") from None
    names = [name.strip() for name in header]
    if table.shape[0] < 2 or table.shape[1] != len(names):
        raise RecordError(
            f"{path}: {table.shape[0]} rows of {table.shape[1]} numbers under {len(names)} names; at least 2 rows needed"
        )
    time = next((i for i, name in enumerate(names) if name.lower() in TIMES), None)
    if time is None:
        raise RecordError(f"{path}: no column of time; name one {TIMES[0]} (seconds)")
    t = table[:, time]
    steps = np.diff(t)
    if not np.isfinite(t).all() or (steps <= 0.0).any():
        row = int(np.flatnonzero(~np.isfinite(t[1:]) | ~(steps > 0.0))[0]) + 3
        raise RecordError(f"{path}:{row}: time {t[min(row - 2, len(t) - 1)]} does not rise")
    rate_hz = (len(t) - 1) / (t[-1] - t[0])
    found = []
    for i, name in enumerate(names):
        if i == time:
            continue
        match = re.search(r"[_\[( ](mV|uV|µV|V|mmHg|kPa|Pa|cmH2O)[\])]?$", name)
        unit = match.group(1) if match else ""
        bare = name[: match.start()] if match else name
        kind = kind_of(bare, unit)
        values = (
            np.interp(t[0] + np.arange(len(t)) / rate_hz, t, table[:, i]) if steps.max() > 1.5 * steps.min() else table[:, i]
        )
        found.append(Channel(name, kind, unit, rate_hz, float(t[0]), in_own_unit(values, kind, unit)))
    return found
