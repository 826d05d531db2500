"""Identification of actuators: steps on a valve or a pump, what they show, and the delays that the balloon's law compensates."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from controller.audit.balloon_moves import ATMOSPHERE_MMHG, LEAST_SWING_MMHG, SMOOTH, STROKE_SHARE, smoothed
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
AORTA_MMHG = 80.0  # where the bench does not measure it
FULL_SHARE = 0.97
STARTED_SHARE = 0.05
OVER_SHARE = 0.1  # of its greatest distance from where the line settles: no gas runs any more
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
    valve = channel in ("valve_pressure", "valve_vacuum")
    for at in moves.tolist():
        if at < before or at + window > len(values) or (valve and out[at] < out[at - 1]):
            continue  # what follows a valve's shutting is the other valve's
        piece = values[at - before : at + window]
        response = step_response(piece, before, period_s, f"{seen_on} on a step of {channel}")
        (found.responses if out[at] > out[at - 1] else found.falls).append(response)
        if out[at] > out[at - 1]:
            found.traces.append(piece)
    if not found.responses:
        raise Refused(f"{channel}: its steps did not go out as asked: look at range, slew and what else is armed")
    found.time_ms = np.asarray((np.arange(before + window) - before) * period_s * 1e3, np.float64)
    if valve:
        found.reasons["fall_ms"] = "the other valve empties and fills the line"
    return found


def _delays(frames: np.ndarray, channel: str, hands: Hands) -> dict[str, float]:
    """The delays of the drive as the law's settings have them (cext/tables/settings/iabp.toml), medians over the steps, in ms.

    Gas runs through the catheter as long as the line is away from where it settles; its flow goes with the difference of the
    squared absolute pressures of line and aorta (controller/audit/balloon_moves). What has run is the share of the fill.
    """
    line, period_s = smoothed(frames["in.balloon_pressure_mmHg"].astype(float), SMOOTH), hands.session.period_s
    aop = frames["in.aop_mmHg"].astype(float) if "aop_mmHg" in hands.bench.inputs else np.full(len(line), AORTA_MMHG)
    valve = (frames["out.valve_pressure"] > 0.5).astype(int)
    rises, falls = (np.flatnonzero(np.diff(valve) == way) + 1 for way in (1, -1))
    name, share_of = ("inflation_delay", "filling") if channel == "valve_pressure" else ("deflation_delay", "emptying")
    first: list[float] = []
    last: list[float] = []
    for rise, fall in zip(rises.tolist(), falls.tolist(), strict=False):
        begin, end = (rise, fall) if channel == "valve_pressure" else (fall, min(fall + round(SHUT_S / period_s), len(line)))
        moved = _moved(line[begin:end], aop[begin:end], float(np.median(line[max(0, begin - 50) : begin])))
        if moved is not None:
            early, late = (STROKE_SHARE, FULL_SHARE) if channel == "valve_pressure" else (STARTED_SHARE, 1.0 - STROKE_SHARE)
            first.append(float(np.searchsorted(moved, early)) * period_s)
            last.append(float(np.searchsorted(moved, late)) * period_s)
    if len(first) < STEPS // 2:
        raise Refused(f"{channel}: only {len(first)} of {STEPS} fillings show in the line pressure: is the balloon in place?")
    return {f"iabp.{name}_ms": _median_ms(first), f"iabp.{share_of}_ms": _median_ms(last)}


def _moved(line: Samples, aop: Samples, before_mmHg: float) -> Samples | None:
    """Share of the gas that has run, tick by tick from the command; None where the line shows no movement."""
    settled = float(np.median(line[-50:]))
    away = np.abs(line - settled)
    if abs(settled - before_mmHg) < LEAST_SWING_MMHG or len(line) < 100:
        return None
    peak = int(np.argmax(np.where(np.sign(line - settled) == np.sign(settled - before_mmHg), away, 0.0)))
    over = np.flatnonzero(away[peak:] <= OVER_SHARE * away[peak])
    end = peak + (int(over[0]) if len(over) else len(line) - peak - 1)
    inner = np.nan_to_num(aop, nan=AORTA_MMHG) + ATMOSPHERE_MMHG
    flow = np.sign(settled - before_mmHg) * ((line + ATMOSPHERE_MMHG) ** 2 - inner**2) / inner
    flow[end:] = 0.0
    ran = np.cumsum(np.maximum(flow, 0.0))
    return np.asarray(ran / ran[-1], np.float64) if ran[-1] > 0.0 else None


def _median_ms(times_s: list[float]) -> float:
    return round(float(np.median(times_s)) * 1e3, 1)
