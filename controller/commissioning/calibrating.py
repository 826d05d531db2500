"""The calibrations that a person asks for, from measuring to records: zero, points, identification, leak test."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from controller.calibration.line import Line, Refused, check_line, check_zero, fit, zero_line
from controller.commissioning.hands import Hands
from controller.commissioning.identify import identifiable, identify
from controller.commissioning.leak import leak_test
from controller.commissioning.pictures import draw_actuator, draw_leak, draw_sensor
from controller.commissioning.references import Ask, point, sensor
from controller.config.calibration import Calibration, wire_of
from controller.config.calibration_record import Actuator, Leak, Point, Sensor

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Signed:
    """Who takes a record, on which day, how long it holds, and what was used as reference."""

    operator: str
    today: datetime.date
    valid_days: int
    reference: str = ""
    note: str = ""

    @property
    def expires(self) -> datetime.date:
        return self.today + datetime.timedelta(days=self.valid_days)


class Calibrating:
    """Measures on `hands` and makes records. Pictures go to `folder` (None: none); `ask` asks a person, `say` tells."""

    def __init__(
        self, hands: Hands, before: Calibration | None, signed: Signed, folder: Path | None, ask: Ask, say: Say
    ) -> None:
        self._hands, self._before, self._signed = hands, before, signed
        self._folder, self._ask, self._say = folder, ask, say
        self.pictures: list[Path] = []

    @property
    def identifiable(self) -> list[str]:
        """Outputs whose steps an input of this bench shows."""
        return identifiable(self._hands)

    async def zero(self, channel: str, seconds: float) -> Sensor:
        """The offset at nothing; the gain stays what it was. Raises Refused."""
        signal, row = sensor(self._hands, channel), self._hands.bench.inputs[channel]
        self._say(f"{channel}: zero")
        found = await point(self._hands, channel, 0.0, seconds, self._ask)
        known = self._before.sensors().get(channel) if self._before is not None else None
        line = zero_line(found.reading, 0.0, known.gain if known is not None else 1.0)
        check_zero(channel, line.offset, row.range[1] - row.range[0], signal.unit)
        return self._sensor(channel, "zero", line, [found])

    async def points(self, channel: str, references: Sequence[float], seconds: float) -> Sensor:
        """The line through two or more references, in the channel's unit. Raises Refused."""
        signal = sensor(self._hands, channel)
        if len(set(references)) < 2:
            raise Refused(f"{channel}: a line needs two different references or more, given are {len(set(references))}")
        taken = []
        for reference in references:
            self._say(f"{channel}: {reference:g} {signal.unit}")
            taken.append(await point(self._hands, channel, reference, seconds, self._ask))
        line = fit([one.reading for one in taken], references)
        check_line(channel, line, references, signal.unit)
        return self._sensor(channel, "points", line, taken)

    async def actuator(self, channel: str, top: float | None) -> Actuator:
        """Steps on one output. Raises Refused, SessionEnded."""
        self._say(f"{channel}: steps; it moves now")
        found = await identify(self._hands, channel, top)
        self._draw(channel, lambda path: draw_actuator(found, path))
        return Actuator(
            **self._taken(), channel=channel, seen_on=found.seen_on, steps=len(found.responses),
            delay_ms=round(found.delay_ms, 2), delay_spread_ms=round(found.delay_spread_ms, 2), rise_ms=round(found.rise_ms, 1),
            fall_ms=None if found.fall_ms is None else round(found.fall_ms, 1),
            saturation=None if found.saturation is None else round(found.saturation, 2),
            hysteresis=None if found.hysteresis is None else round(found.hysteresis, 2),
            unit=found.unit, reasons=found.reasons, settings=found.settings, wire=wire_of(self._hands.outputs[channel]),
        )  # fmt: skip

    async def leak(self, held_s: float, limit_mmHg_min: float) -> Leak:
        """The balloon's leak test. Raises Refused, SessionEnded."""
        self._say(f"leak test: {held_s:g} s with both valves shut")
        found = await leak_test(self._hands, held_s)
        self._draw("leak", lambda path: draw_leak(found, limit_mmHg_min, path))
        return Leak(
            **self._taken(), start_mmHg=round(found.start_mmHg, 2), held_s=held_s, fall_mmHg_min=round(found.fall_mmHg_min, 3),
            limit_mmHg_min=limit_mmHg_min, passed=found.fall_mmHg_min <= limit_mmHg_min,
        )  # fmt: skip

    def _sensor(self, channel: str, kind: Literal["zero", "points"], line: Line, points: Sequence[Point]) -> Sensor:
        row = Sensor(
            **self._taken(), kind=kind, channel=channel, unit=sensor(self._hands, channel).unit, gain=line.gain,
            offset=line.offset, points=tuple(points), residuals=line.residuals, reference=self._signed.reference,
            wire=wire_of(self._hands.bench.inputs[channel]),
        )  # fmt: skip
        self._draw(f"{channel}-{kind}", lambda path: draw_sensor(row, path))
        return row

    def _taken(self) -> dict[str, Any]:
        signed = self._signed
        return {"date": signed.today, "operator": signed.operator, "expires": signed.expires, "note": signed.note}

    def _draw(self, name: str, draw: Callable[[Path], None]) -> None:
        if self._folder is not None:
            path = self._folder / f"{self._signed.today}-{name}.png"
            draw(path)
            self.pictures.append(path)
