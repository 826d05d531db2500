"""A pattern put out by a bench, through state machine, limits, slew and gate as everything else that a bench drives."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from cext.laws.waveform import WaveformLaw
from controller.config.errors import ConfigError, Problem
from controller.session.assemble import assemble
from controller.session.errors import SessionEnded

if TYPE_CHECKING:
    from controller.config.experiment import Experiment
    from controller.generator.waveforms import Waveforms
    from controller.session.session import Session

Samples = npt.NDArray[np.float64]
CAPABILITY = "generator"
CHANNELS = ("ecg_mV", "aop_mmHg")
Say = Callable[[float, float], None]  # s put out, s in all


@dataclass(frozen=True, slots=True)
class Played:
    """`triggers_s`: R peaks that the bench's own trigger chain found on its inputs, in time of the pattern; `heard`: whether the bench
    has inputs that could hear it."""

    put_out_s: float
    triggers_s: Samples
    heard: bool


def play(made: Waveforms, experiment: Experiment, *, realtime: bool, repeats: bool = False, say: Say | None = None) -> Played:
    """Arms, puts out the pattern once (or until it is interrupted), stops and disarms.

    Raises:
        ConfigError: the bench puts out no ECG, or a range that the pattern does not fit into.
        NotArmed, SessionEnded, OSError: as a session.
    """
    outputs = _outputs(made, experiment)
    columns = {"ecg_mV": made.ecg_mV, "aop_mmHg": made.aop_mmHg}
    law = WaveformLaw(np.stack([columns[name] for name in outputs], axis=1), outputs, repeats=repeats)
    session = assemble(experiment, realtime=realtime, law=law)
    triggers: list[float] = []
    session.on_slice(lambda piece: triggers.extend(_triggers(piece.frames)))

    async def go() -> float:
        await session.open()
        session.set({"iabp.trigger": made.pattern.expect.trigger, "iabp.trigger_stand_in": made.pattern.expect.stand_in})
        await session.arm()
        await session.start()
        begin_s = session.t_s - law.played * session.period_s
        try:
            while repeats or law.played < len(made.ecg_mV):
                piece = await session.advance()
                if piece.tripped or piece.state != "RUNNING":
                    why = ", ".join(session.latched) or "stopped"
                    raise SessionEnded(f"the machine is in {piece.state}: {why}; nothing is put out any more")
                if say:
                    say(law.played * session.period_s, made.duration_s)
        finally:
            if session.state == "RUNNING":
                await _end(session)
        return begin_s

    begin_s = 0.0
    try:
        begin_s = asyncio.run(go())
    except KeyboardInterrupt:
        if not repeats:
            raise
    finally:
        session.close()
    hears = {"ecg_mV", "aop_mmHg"} & experiment.bench.inputs.keys()
    return Played(law.played * session.period_s, np.array(triggers) - begin_s, bool(hears))


async def _end(session: Session) -> None:
    await session.stop()
    await session.disarm()


def _triggers(frames: np.ndarray) -> list[float]:
    given = frames[frames["beat.trigger"] > 0.5]
    return [float(t) - float(ago) for t, ago in zip(given["time.t_s"], given["beat.since_r_s"], strict=True)]


def _outputs(made: Waveforms, experiment: Experiment) -> list[str]:
    bench = experiment.bench
    if CAPABILITY not in bench.bench.offers:
        what = f'the bench {bench.name} does not offer "{CAPABILITY}": it puts out no ECG'
        raise ConfigError(
            [Problem("--bench", "", bench.name, what, "generator-pcie-6363, generator-loopback, or a bench of yours")]
        )
    outputs = [name for name in CHANNELS if name in bench.outputs]
    problems = []
    for name, values in (("ecg_mV", made.ecg_mV), ("aop_mmHg", made.aop_mmHg)):
        if name in outputs:
            low, high = bench.outputs[name].range
            if values.min() < low or values.max() > high:
                where = bench.source.where(("outputs", name, "range"))
                what = (
                    f"does not hold the pattern {made.pattern.name}, which goes from {values.min():.3g} to {values.max():.3g}"
                )
                problems.append(Problem(where, f"outputs.{name}.range", f"[{low:g}, {high:g}]", what))
    if problems:
        raise ConfigError(problems)
    return outputs
