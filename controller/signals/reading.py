"""A record of any kind as ECG, aortic pressure and balloon pressure at the period of the loop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from controller.signals.channel import Channel, Kind, Samples
from controller.signals.errors import RecordError
from controller.signals.resampling import resampled

PERIOD_S = 1e-3


@dataclass(frozen=True, slots=True)
class Signals:
    """What a record gives, sampled at `period_s` from time 0 of the record; NaN where there is nothing.

    `names`: the channel that each was taken from, by kind. Units: mV, mmHg.
    """

    record: Path
    period_s: float
    ecg_mV: Samples
    aop_mmHg: Samples
    balloon_mmHg: Samples
    names: dict[Kind, str]
    there: tuple[str, ...] = ()  # every channel of the record

    @property
    def t_s(self) -> Samples:
        t: Samples = np.arange(len(self.ecg_mV), dtype=np.float64) * self.period_s
        return t


def channels_of(record: Path, also: Sequence[str] = ()) -> list[Channel]:
    """Every channel of a run folder (or its recording.h5), a CSV file (.csv, .csv.gz) or a WFDB record. Raises RecordError.

    Of a run: ECG, aortic and balloon pressure, and `also` those signals (``in.lvp_mmHg``).
    """
    base = record.with_suffix("") if record.suffix in (".hea", ".dat", ".atr") else record
    header = base.with_name(base.name + ".hea")
    if not record.exists() and not header.is_file():
        raise RecordError(f"{record}: there is no such record; a run folder, .csv, .csv.gz, or a WFDB record (.hea) is wanted")
    if record.name == "recording.h5":
        record = record.parent
    if record.is_dir():
        from controller.signals.run_record import run_channels

        return run_channels(record, also)
    if record.name.lower().endswith((".csv", ".csv.gz")):
        from controller.signals.csv_record import csv_channels

        return csv_channels(record)
    if header.is_file():
        from controller.signals.wfdb_record import wfdb_channels

        return wfdb_channels(base)
    if record.suffix in (".dat", ".atr") and record.exists():
        raise RecordError(f"{record}: its header {base.name}.hea is missing; a WFDB record is not readable without it")
    raise RecordError(f"{record}: neither a run folder nor .csv, .csv.gz or a WFDB record")


def channel_named(found: list[Channel], name: str, record: Path) -> Channel:
    """The channel of this name, or the first whose name holds it. Raises RecordError."""
    named = next((one for one in found if one.name.lower() == name.lower()), None)
    named = named or next((one for one in found if name.lower() in one.name.lower()), None)
    if named is None:
        raise RecordError(f"{record}: no channel {name!r}; there are {', '.join(one.name for one in found)}")
    return named


def read_signals(records: list[Path], channel: str | None = None, period_s: float = PERIOD_S) -> Signals:
    """Reads and resamples. Several records with one time origin (ECG and pressure in files of their own) go together.

    `channel`: name of the channel to trigger on, where the first of its kind is not the one; what it is its unit tells.
    Raises RecordError: nothing readable, or no such channel.
    """
    found = [one for record in records for one in channels_of(record)]
    if not found:
        raise RecordError(f"{records[0]}: no channel")
    chosen: dict[Kind, Channel] = {}
    for one in found:
        if one.kind != "other":
            chosen.setdefault(one.kind, one)
    if channel is not None:
        named = channel_named(found, channel, records[0])
        kind: Kind = named.kind
        if kind == "other":
            kind = "pressure" if named.unit.lower() in ("mmhg", "kpa", "pa", "cmh2o") else "ecg"
        chosen[kind] = named
    if not chosen:
        raise RecordError(
            f"{records[0]}: neither ECG nor pressure among {', '.join(one.name for one in found)}; name one with --channel"
        )
    for kind, one in chosen.items():
        if not np.isfinite(one.values).any():
            raise RecordError(f"{records[0]}: channel {one.name} ({kind}) holds no value at all; choose another with --channel")
    until_s = max(one.start_s + len(one.values) / one.rate_hz for one in chosen.values())
    count = max(1, round(until_s / period_s))

    def take(kind: Kind) -> Samples:
        one = chosen.get(kind)
        return np.full(count, np.nan) if one is None else resampled(one.values, one.rate_hz, one.start_s, until_s, period_s)

    names = {kind: one.name for kind, one in chosen.items()}
    return Signals(
        records[0], period_s, take("ecg"), take("pressure"), take("balloon"), names, tuple(one.name for one in found)
    )
