"""Identification of actuators: steps on a valve or a pump, what they show, and the delays that the balloon's law compensates."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from controller.audit.balloon_moves import Inflation, inflations
from controller.calibration.line import Refused
from controller.commissioning.hands import Hands
from controller.commissioning.step_response import Response, staircase, step_response

Samples = npt.NDArray[np.float64]
SEEN_ON = {
    "valve_pressure": "balloon_pressure_mmHg",
    "valve_vacuum": "balloon_pressure_mmHg",
    "pump_speed_rpm": "pump_speed_rpm",
    "rpump_speed_rpm": "rpump_flow_L_min",
    "ecmo_speed_rpm": "ecmo_flow_L_min",
}
STEPS = 8
OPEN_S, SHUT_S = 0.4, 0.6  # a balloon is full and empty well within
SPEED_STEP_S, STAIR_S = 1.5, 1.0
LOW, HIGH = 0.5, 0.8  # of the top speed
STAIRS = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 0.9, 0.8, 0.7, 0.6, 0.5)
ON_OFF = "an on-off valve has none"


@dataclass(slots=True)
class Identified:
    """What was found of one output. `traces`: the responses, aligned at their commands, for the picture; time in ms."""

    channel: str
    seen_on: str
    unit: str
    responses: list[Response]
    falls: list[Response] = field(default_factory=list)
    saturation: float | None = None
    hysteresis: float | None = None
    reasons: dict[str, str] = field(default_factory=dict)
    settings: dict[str, float] = field(default_factory=dict)
    time_ms: Samples = field(default_factory=lambda: np.empty(0))
    traces: list[Samples] = field(default_factory=list)

    @property
    def delay_ms(self) -> float:
        return float(np.median([one.delay_ms for one in self.responses]))

    @property
    def delay_spread_ms(self) -> float:
        return float(np.std([one.delay_ms for one in self.responses]))

    @property
    def rise_ms(self) -> float:
        return float(np.median([one.rise_ms for one in self.responses]))

    @property
    def fall_ms(self) -> float | None:
        return float(np.median([one.rise_ms for one in self.falls])) if self.falls else None


def identifiable(hands: Hands) -> list[str]:
    """Outputs of the bench whose steps one of its inputs shows."""
    return [name for name in hands.outputs if SEEN_ON.get(name) in hands.bench.inputs]


async def identify(hands: Hands, channel: str, top: float | None) -> Identified:
    """Steps on `channel` of an armed bench. `top`: the highest speed to go to, for a pump.

    Raises:
        Refused: nothing on the bench shows this output, or it does not answer. SessionEnded: the machine tripped.
    """
    if channel not in identifiable(hands):
        raise Refused(f"{channel}: no input of this bench shows it; those that can be identified: {identifiable(hands)}")
    if channel in ("valve_pressure", "valve_vacuum"):
        return await _valve(hands, channel)
    if top is None or not top > 0.0:
        raise Refused(f"{channel}: no pump is fitted, or its top speed is not known: fit one (--set pump.device=…)")
    return await _pump(hands, channel, top)


async def _valve(hands: Hands, channel: str) -> Identified:
    """Fills and empties the balloon: the pressure valve's steps are its openings, the vacuum valve's those that end them."""
    pieces = [await hands.pass_s(SHUT_S)]
    for _ in range(STEPS):
        pieces.append(await hands.pass_s(OPEN_S, {"valve_pressure": hands.outputs["valve_pressure"].range[1]}))
        hands.release()
        pieces.append(await hands.pass_s(SHUT_S))
    frames = np.concatenate(pieces)
    found = _steps(frames, channel, hands, SHUT_S if channel == "valve_vacuum" else OPEN_S)
    found.reasons["hysteresis"] = ON_OFF
    found.saturation = float(np.median([one.after for one in found.responses]))
    found.settings = _delays(frames, channel, hands)
    return found


async def _pump(hands: Hands, channel: str, top: float) -> Identified:
    """Steps between two speeds, then a staircase up and down."""

    async def at(share: float, seconds: float) -> np.ndarray:
        return await hands.pass_s(seconds, {channel: share * top})

    pieces = [await at(LOW, 3.0)]
    for _ in range(STEPS // 2):
        pieces += [await at(HIGH, SPEED_STEP_S), await at(LOW, SPEED_STEP_S)]
    found = _steps(np.concatenate(pieces), channel, hands, SPEED_STEP_S)
    commands, levels = [], []
    for share in STAIRS:
        frames = await at(share, STAIR_S)
        commands.append(share * top)
        levels.append(float(np.nanmean(frames[f"in.{found.seen_on}"][-len(frames) // 3 :])))
    hands.release()
    found.saturation, found.hysteresis = staircase(commands, levels)
    if found.saturation is None:
        found.reasons["saturation"] = f"follows up to {top:g}, the highest that was asked for"
    return found


def _steps(frames: np.ndarray, channel: str, hands: Hands, window_s: float) -> Identified:
    """The responses to every step of the output in these frames."""
    from cext.tables.load import signals

    seen_on, period_s = SEEN_ON[channel], hands.session.period_s
    unit = next(signal.unit for signal in signals() if signal.path == f"in.{seen_on}")
    values, out = frames[f"in.{seen_on}"].astype(float), frames[f"out.{channel}"]
    moves = np.flatnonzero(np.abs(np.diff(out)) > 0.2 * float(np.ptp(out))) + 1
    window, before = round(window_s / period_s), round(0.1 / period_s)
    found = Identified(channel, seen_on, unit, [])
    for at in moves.tolist():
        if at < before or at + window > len(values):
            continue
        piece = values[at - before : at + window]
        response = step_response(piece, before, period_s, f"{seen_on} on a step of {channel}")
        (found.responses if out[at] > out[at - 1] else found.falls).append(response)
        if out[at] > out[at - 1]:
            found.traces.append(piece)
    if not found.responses:
        raise Refused(f"{channel}: its steps did not go out as asked: look at range, slew and what else is armed")
    found.time_ms = np.asarray((np.arange(before + window) - before) * period_s * 1e3, np.float64)
    if channel in ("valve_pressure", "valve_vacuum"):
        found.falls = []  # what follows is the other valve's
        found.reasons["fall_ms"] = "the other valve empties and fills the line"
    return found


def _delays(frames: np.ndarray, channel: str, hands: Hands) -> dict[str, float]:
    """The delays of the drive as the law's settings have them (cext/tables/settings/iabp.toml), medians over the steps, in ms."""
    line, period_s = frames["in.balloon_pressure_mmHg"].astype(float), hands.session.period_s
    aop = frames["in.aop_mmHg"].astype(float) if "aop_mmHg" in hands.bench.inputs else np.full(len(line), math.nan)
    known = inflations(line, aop, period_s)
    rises = np.flatnonzero((frames["out.valve_pressure"][1:] > 0.5) & (frames["out.valve_pressure"][:-1] <= 0.5)) + 1
    falls = np.flatnonzero((frames["out.valve_pressure"][1:] <= 0.5) & (frames["out.valve_pressure"][:-1] > 0.5)) + 1
    pairs: list[tuple[float, float, Inflation]] = []
    for rise, fall in zip(rises.tolist(), falls.tolist(), strict=False):
        one = next((one for one in known if rise * period_s <= one.start_s < fall * period_s), None)
        if one is not None:
            pairs.append((rise * period_s, fall * period_s, one))
    if len(pairs) < STEPS // 2:
        raise Refused(f"{channel}: only {len(pairs)} of {STEPS} fillings show in the line pressure: is the balloon in place?")

    def median_ms(times: list[float]) -> float:
        return round(float(np.median([t for t in times if math.isfinite(t)])) * 1e3, 1)

    if channel == "valve_vacuum":
        return {
            "iabp.deflation_delay_ms": median_ms([one.leaving_s - fall for _, fall, one in pairs]),
            "iabp.emptying_ms": median_ms([one.empty_s - fall for _, fall, one in pairs]),
        }
    delays = {"iabp.inflation_delay_ms": median_ms([one.onset_s - rise for rise, _, one in pairs])}
    full = [one.full_s - rise for rise, _, one in pairs]
    return delays | ({"iabp.filling_ms": median_ms(full)} if np.isfinite(full).any() else {})
