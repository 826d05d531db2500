"""A sensor against references: what it reads while a known value is on it, put there by a person or by a simulated bench."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import numpy as np

from cext.tables.load import Signal, inputs
from controller.calibration.line import Refused, check_noise
from controller.config.calibration_record import Point

if TYPE_CHECKING:
    from controller.commissioning.hands import Hands
    from controller.protocol.operator import Answer

SETTLE_S = 1.0
Ask = Callable[[str], Awaitable["Answer"]]


def sensor(hands: Hands, channel: str) -> Signal:
    """The signal of an input of this bench that can be calibrated. Raises Refused."""
    bench = hands.bench
    signal = next((one for one in inputs() if one.path == f"in.{channel}"), None)
    if channel not in bench.inputs or signal is None:
        raise Refused(f"input {channel}: this bench has {', '.join(bench.inputs)}")
    if signal.kind == "digital":
        raise Refused(f"input {channel} is on or off: there is nothing to calibrate")
    return signal


async def point(hands: Hands, channel: str, reference: float, seconds: float, ask: Ask) -> Point:
    """One point: the mean reading of the channel over `seconds` with `reference` (its unit) on the sensor.

    Raises:
        Refused: nobody confirmed the reference, the channel is bad, or its reading is not still.
    """
    signal, row = sensor(hands, channel), hands.bench.inputs[channel]
    rig = hands.session.loop.rig
    by_itself = rig.put_reference(channel, reference)
    if not by_itself:
        where = (
            "Open the line to air, at the height of the loop's zero"
            if reference == 0.0
            else f"Put {reference:g} {signal.unit} on it"
        )
        answer = await ask(f"{channel}: {where}, and wait until it is still.")
        if answer.outcome != "answered":
            raise Refused(f"{channel} at {reference:g} {signal.unit}: {answer.outcome} ({answer.text or 'by the operator'})")
    try:
        await hands.pass_s(SETTLE_S)
        frames = await hands.pass_s(seconds)
    finally:
        if by_itself:
            rig.put_reference(channel, None)
    i = [one.path for one in inputs()].index(signal.path)
    bad = int(np.count_nonzero(frames["quality"][:, i]))
    if bad:
        raise Refused(
            f"{channel} at {reference:g} {signal.unit}: {bad} of {len(frames)} readings are bad: look at sensor and wire"
        )
    values = frames[signal.path].astype(float)
    sd = float(np.std(values))
    check_noise(channel, sd, row.range[1] - row.range[0], signal.unit)
    return Point(reference=reference, reading=float(np.mean(values)), sd=sd)
