"""What is kept of a calibration: one record a measurement, never changed afterwards, the newest of a kind is in force."""

from __future__ import annotations

import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from controller.config.model import Line, Many, Strict, Word

Figure = Annotated[float, Field(allow_inf_nan=False)]
Day = Annotated[datetime.date, Field(strict=False)]


class Taken(Strict):
    """Who took a record, when, and until when it holds (the day itself included)."""

    date: Day
    operator: Line
    expires: Day
    note: str = ""

    def expired(self, today: datetime.date) -> bool:
        return today > self.expires


class Point(Strict):
    """One point: what the reference was, what the channel read by its bench file alone, and how still (standard deviation)."""

    reference: Figure
    reading: Figure
    sd: Annotated[float, Field(ge=0.0)]


class Sensor(Taken):
    """A sensor's line: value = offset + gain * reading. `zero` moved the offset only; `points` gave both.

    `wire`: what the bench file said of the channel's wire then; another one makes the record void.
    """

    kind: Literal["zero", "points"]
    channel: Word
    unit: str
    gain: Figure
    offset: Figure
    points: Many[Point]
    residuals: Many[Figure]
    reference: str = ""
    wire: dict[str, Any] | None = None


class Actuator(Taken):
    """What steps on an output showed on an input. None: not measurable here, `reasons` says why by key."""

    kind: Literal["actuator"] = "actuator"
    channel: Word
    seen_on: Word
    steps: Annotated[int, Field(ge=1)]
    delay_ms: Annotated[float, Field(ge=0.0)]
    delay_spread_ms: Annotated[float, Field(ge=0.0)]
    rise_ms: Annotated[float, Field(ge=0.0)]
    fall_ms: Annotated[float, Field(ge=0.0)] | None
    saturation: Figure | None
    hysteresis: Annotated[float, Field(ge=0.0)] | None
    unit: str
    reasons: dict[str, str] = Field(default_factory=dict)
    settings: dict[str, Figure] = Field(default_factory=dict)
    wire: dict[str, Any] | None = None


class Leak(Taken):
    """The balloon's leak test: how fast its line loses pressure with both valves shut."""

    kind: Literal["leak"] = "leak"
    start_mmHg: Figure
    held_s: Annotated[float, Field(gt=0.0)]
    fall_mmHg_min: Figure
    limit_mmHg_min: Annotated[float, Field(gt=0.0)]
    passed: bool


class Kept(Strict):
    """The whole file. Records are in the order in which they were taken."""

    bench: Word
    sensors: Many[Sensor] = ()
    actuators: Many[Actuator] = ()
    leaks: Many[Leak] = ()
