"""A bench whose outputs are held by hand: the loop runs, its laws give way to a hand, every gate stays.

Nothing here talks to a rig: what is held goes through state machine, limits, slew and gate like what a law asks for.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np

from cext.laws.direct import DirectLaw
from controller.session.assemble import assemble
from controller.session.errors import NotArmed, SessionEnded
from controller.session.session import Slice

if TYPE_CHECKING:
    from controller.config.bench import Output
    from controller.config.experiment import Experiment

# What must go with an output for it to do anything, or stand back for it. Everything else stands at its safe value.
WITH: dict[str, dict[str, float]] = {
    "valve_pressure": {"valve_vacuum": 0.0},
    "pump_speed_rpm": {"pump_enable": 1.0},
    "rpump_speed_rpm": {"rpump_enable": 1.0},
    "ecmo_speed_rpm": {"ecmo_enable": 1.0},
}
RENEW_S = 0.3


class Hands:
    """A session on a bench with a hand in the place of its laws. Readings are those of the bench file alone, uncalibrated."""

    def __init__(self, experiment: Experiment, *, realtime: bool, seed: int = 1) -> None:
        self.bench = experiment.bench
        self.law = DirectLaw()
        self.session = assemble(experiment, seed=seed, realtime=realtime, calibrated=False, law=self.law)
        self._kept: list[np.ndarray] | None = None
        self.session.on_slice(self._keep)

    @property
    def outputs(self) -> Mapping[str, Output]:
        return self.bench.outputs

    async def open(self) -> None:
        """Opens the bench; nothing is energised. Raises OSError (the rig), NotArmed (the self-test)."""
        await self.session.open()

    async def arm(self) -> None:
        """From now on outputs may be held. Raises NotArmed with all reasons."""
        if self.session.state == "RUNNING":
            return
        await self.session.arm()
        await self.session.start()

    def hold(self, values: Mapping[str, float], ticks: int) -> None:
        """Holds these outputs, and what goes with them, for so many ticks; everything else is safe, and these too afterwards.

        Raises:
            ValueError: an output that the bench does not have, or beyond its range.
        """
        for name, value in values.items():
            if name not in self.outputs:
                raise ValueError(f"output {name}: this bench has {', '.join(self.outputs) or 'none'}")
            low, high = self.outputs[name].range
            if not low <= value <= high:
                raise ValueError(f"output {name} = {value:g} is refused: allowed is {low:g} to {high:g}")
        wanted: dict[str, float] = {}
        for name in values:
            wanted |= {partner: value for partner, value in WITH.get(name, {}).items() if partner in self.outputs}
        self.law.hold(wanted | dict(values), self.session.tick + ticks)

    def release(self) -> None:
        """Everything is safe from the next tick on."""
        self.law.release()

    async def pass_s(self, seconds: float, held: Mapping[str, float] | None = None) -> np.ndarray:
        """Lets time pass; returns its frames, one a tick. `held` is held meanwhile, and until RENEW_S later or a release:
        whoever holds must come back in time, or everything is safe.

        Raises:
            SessionEnded: the machine tripped or was stopped while outputs were held; the message says why.
        """
        session = self.session
        armed = session.state == "RUNNING"
        self._kept = []
        until = session.tick + max(1, round(seconds / session.period_s))
        try:
            while session.tick < until:
                if held is not None:
                    self.hold(held, round(RENEW_S / session.period_s))
                piece = await session.advance(until)
                if piece.tripped or (armed and piece.state != "RUNNING"):
                    why = ", ".join(session.latched) or "stopped"
                    raise SessionEnded(f"the machine is in {piece.state}: {why}; nothing is held any more")
            return np.concatenate(self._kept)
        finally:
            self._kept = None

    async def stand_down(self) -> None:
        """Releases, stops and disarms, as far as the machine still follows."""
        self.release()
        with suppress(NotArmed, SessionEnded):
            await self.session.stop()
            await self.session.disarm()

    def close(self) -> None:
        """Makes safe and lets go of the bench. Raises OSError: it could not be left safe."""
        self.release()
        self.session.close()

    def _keep(self, piece: Slice) -> None:
        if self._kept is not None:
            self._kept.append(piece.frames)
