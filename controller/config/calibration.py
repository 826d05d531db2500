"""The calibration of a bench: read beside its file, worked into settings and lines, and what speaks against it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from controller.config.calibration_record import Actuator, Kept, Leak, Sensor
from controller.config.errors import ConfigError, Problem

if TYPE_CHECKING:
    from controller.config.bench import Bench

ENDING = ".calibration.json"


@dataclass(frozen=True)
class Calibration:
    """What a file of calibrations says of its bench. `text` is the file as read, `sha256` its hash."""

    path: Path
    text: str
    kept: Kept
    bench: Bench

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()

    def sensors(self) -> dict[str, Sensor]:
        """The record in force of every calibrated channel of the bench whose wire is still the same."""
        return {name: row for name, row in self._newest(self.kept.sensors) if not self._rewired("inputs", row)}

    def actuators(self) -> dict[str, Actuator]:
        """The record in force of every identified output whose wire is still the same."""
        return {name: row for name, row in self._newest(self.kept.actuators) if not self._rewired("outputs", row)}

    def leak(self) -> Leak | None:
        return self.kept.leaks[-1] if self.kept.leaks else None

    def lines(self) -> dict[str, tuple[float, float]]:
        """Gain and offset by input: what the core works with."""
        return {name: (row.gain, row.offset) for name, row in self.sensors().items()}

    def settings(self) -> dict[str, float]:
        """What identification has measured of settings (delays of the balloon drive), by path."""
        return {path: value for row in self.actuators().values() for path, value in row.settings.items()}

    def reasons(self, today: date) -> list[str]:
        """What speaks against arming: records that have expired or belong to another wire, a leak test that failed."""
        what = f"mockloop calibrate … --bench {self.bench.source.name}"
        found = []
        for table, rows in (("inputs", self._newest(self.kept.sensors)), ("outputs", self._newest(self.kept.actuators))):
            for name, row in rows:
                if self._rewired(table, row):
                    found.append(f"{name}: calibrated on {row.date} with another wire than the bench file's: calibrate again")
        found += [
            f"{_subject(row)} expired on {row.expires} (taken {row.date} by {row.operator}): {what}"
            for row in self._dated()
            if row.expired(today)
        ]
        leak = self.leak()
        if leak is not None and not leak.passed:
            found.append(
                f"the leak test of {leak.date} failed: {leak.fall_mmHg_min:.1f} mmHg/min, limit {leak.limit_mmHg_min:g}: "
                "find the leak, then test again"
            )
        return found

    def summary(self) -> dict[str, Any]:
        """For every recording and summary: which file, its hash, and what is in force."""
        return {
            "file": self.path.name,
            "sha256": self.sha256,
            "sensors": {
                name: {"gain": row.gain, "offset": row.offset, "date": str(row.date), "expires": str(row.expires)}
                for name, row in self.sensors().items()
            },
            "actuators": {
                name: {"delay_ms": row.delay_ms, "date": str(row.date), "expires": str(row.expires)}
                for name, row in self.actuators().items()
            },
        }

    def _newest(self, rows: Any) -> Iterator[tuple[str, Any]]:
        yield from {row.channel: row for row in rows}.items()

    def _rewired(self, table: str, row: Sensor | Actuator) -> bool:
        channels: dict[str, Any] = getattr(self.bench, table)
        return row.channel not in channels or wire_of(channels[row.channel]) != row.wire

    def _dated(self) -> Iterator[Sensor | Actuator | Leak]:
        """Records whose age counts: a zero stands on the gain of the points before it, so both count."""
        for name, row in self.sensors().items():
            if row.kind == "zero":
                points = [one for one in self.kept.sensors if one.channel == name and one.kind == "points"]
                yield from points[-1:]
            yield row
        yield from self.actuators().values()
        leak = self.leak()
        if leak is not None:
            yield leak


def wire_of(row: Any) -> dict[str, Any] | None:
    """What a channel's wire says, as it is kept with a record; None where it has none."""
    return None if row.wire is None else json.loads(json.dumps(row.wire.model_dump(exclude_none=True), default=str))


def file_of(bench: Bench) -> Path:
    """Where the calibration of a bench lies: beside its file. Raises ValueError: the bench was not read from a file."""
    path = bench.source.path
    if path is None:
        raise ValueError(f"bench {bench.name} was not read from a file: there is no place for its calibration")
    return path.with_name(path.stem + ENDING)


def calibration_of(bench: Bench) -> Calibration | None:
    """The calibration beside a bench's file; None where there is none.

    Raises:
        ConfigError: a file that cannot be read, is no calibration, or that of another bench.
    """
    if bench.source.path is None or not file_of(bench).exists():
        return None
    path = file_of(bench)
    try:
        text = path.read_text(encoding="utf-8")
        kept = Kept.model_validate_json(text)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([Problem(str(path), "", "", f"cannot be read: {error}")]) from None
    except ValidationError as error:
        found = error.errors(include_url=False)
        raise ConfigError(
            [Problem(str(path), ".".join(map(str, one["loc"])), "", f"is no calibration: {one['msg']}") for one in found]
        ) from None
    if kept.bench != bench.name:
        what, allowed = "belongs to another bench", bench.name
        raise ConfigError([Problem(str(path), "bench", kept.bench, what, allowed)])
    return Calibration(path, text, kept, bench)


def _subject(row: Sensor | Actuator | Leak) -> str:
    if isinstance(row, Leak):
        return "the leak test of the balloon"
    return f"{'the zero' if row.kind == 'zero' else 'the calibration'} of {row.channel}"
