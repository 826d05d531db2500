"""A record as the inputs of a bench, tick by tick, for the rig that plays it (rigs/recorded.pyx)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from controller.signals.channel import TO_MMHG, TO_MV, Channel, Kind, Samples
from controller.signals.errors import RecordError
from controller.signals.reading import channel_named, channels_of
from controller.signals.resampling import resampled

OF_ITSELF: dict[str, Kind] = {"ecg_mV": "ecg", "aop_mmHg": "pressure", "balloon_pressure_mmHg": "balloon"}


@dataclass(frozen=True, slots=True)
class Played:
    """What a record gives to the inputs of a bench. `values`: shape (ticks, inputs), NaN where there is no sample;
    `channels`: where each input comes from, by its name in the signal table."""

    values: Samples
    inputs: tuple[str, ...]
    channels: dict[str, str]
    duration_s: float
    missing_s: dict[str, float]

    def about(self, records: list[Path]) -> dict[str, Any]:
        """For the recording and for people."""
        gaps = {name: round(gone, 3) for name, gone in self.missing_s.items() if gone > 0.0}
        return {
            "record": ", ".join(path.name for path in records),
            "channels": self.channels,
            "duration_s": round(self.duration_s, 3),
            **({"without_samples_s": gaps} if gaps else {}),
        }


def played(records: list[Path], wanted: Mapping[str, str | None], period_s: float, start_s: float = 0.0) -> Played:
    """Reads records with one time origin and resamples what a bench measures.

    Args:
        wanted: inputs by name without ``in.``, with the channel that serves for each; None: the first of its kind, and the
            input stays away where the record has none.
        start_s: of the record's time, where playing begins.

    Raises:
        RecordError: nothing readable, a channel that is not there or in a unit that is not the input's, neither ECG nor
            pressure, or nothing after `start_s`.
    """
    found = [one for record in records for one in channels_of(record, [name for name in wanted.values() if name])]
    chosen: dict[str, Channel] = {}
    for name, channel in wanted.items():
        if channel is not None:
            chosen[name] = _in_unit_of(name, channel_named(found, channel, records[0]), records[0])
        elif name in OF_ITSELF:
            first = next((one for one in found if one.kind == OF_ITSELF[name]), None)
            if first is not None:
                chosen[name] = first
    if not {"ecg_mV", "aop_mmHg"} & chosen.keys():
        there = ", ".join(one.name for one in found) or "none"
        raise RecordError(
            f"{records[0]}: neither ECG nor arterial pressure among its channels ({there}); name one in the bench file"
        )
    until_s = max(one.start_s + len(one.values) / one.rate_hz for one in chosen.values())
    skip = round(start_s / period_s)
    columns = [resampled(one.values, one.rate_hz, one.start_s, until_s, period_s)[skip:] for one in chosen.values()]
    if not len(columns[0]):
        raise RecordError(
            f"{records[0]}: begins at {start_s:g} s, but the record lasts {until_s:g} s; choose an earlier start_s"
        )
    values = np.stack(columns, axis=1)
    gone = {name: float(np.isnan(column).sum()) * period_s for name, column in zip(chosen, columns, strict=True)}
    return Played(
        values, tuple(chosen), {name: one.name for name, one in chosen.items()}, len(values) * period_s, gone
    )  # fmt: skip


def _in_unit_of(name: str, one: Channel, record: Path) -> Channel:
    """The channel in the unit of the input (the end of its name), where it is a pressure or an ECG in another one."""
    table = TO_MMHG if name.endswith("_mmHg") else TO_MV if name.endswith("_mV") else None
    if table is None:
        return one
    unit = one.unit.lower().strip()
    if unit not in table and unit:
        raise RecordError(f"{record}: channel {one.name} is in {one.unit}, which is no unit for in.{name} ({', '.join(table)})")
    if one.kind != "other":
        return one  # in mV or mmHg already
    return Channel(one.name, one.kind, one.unit, one.rate_hz, one.start_s, one.values * table.get(unit, 1.0))
