"""The waveforms of a pattern: the virtual patient's own ECG and aortic pressure, without a transducer, and what is laid over them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from controller.config.experiment import load_experiment
from controller.config.pattern import Pattern
from controller.generator.artefacts import laid_over
from rigs.hand import Hand
from rigs.registry import make

Samples = npt.NDArray[np.float64]
SETTLE_S = 20.0  # until reflex and pressure have answered the rhythm
EJECTS_ML = 8.0  # a beat that pushes out less shows no upstroke worth a trigger
SEEN = ("in.ecg_mV", "in.aop_mmHg", "plant.beat", "plant.av_flow_mL_s")
CLEAN = {"ecg_mV": {"range": (-50.0, 50.0)}, "aop_mmHg": {"range": (-500.0, 500.0)}}


@dataclass(frozen=True, slots=True)
class Waveforms:
    """One pattern as samples from time 0 at `period_s`. `r_s`: true R peaks; `ejects`: of each, whether the ventricle ejected."""

    pattern: Pattern
    period_s: float
    ecg_mV: Samples
    aop_mmHg: Samples
    r_s: Samples
    ejects: npt.NDArray[np.bool_]

    @property
    def duration_s(self) -> float:
        return len(self.ecg_mV) * self.period_s


def waveforms(
    pattern: Pattern, seconds: float, *, seed: int = 1, period_s: float = 1e-3, sets: Sequence[str] = ()
) -> Waveforms:
    """Makes them, in virtual time; the same seed gives the same bits.

    Args:
        sets: ``PATH=VALUE``, before what the pattern sets.

    Raises:
        ConfigError: a patient or a setting that cannot be.
    """
    own = [f"{path}={_word(value)}" for path, value in pattern.set.items()]
    experiment = load_experiment(bench="virtual", patient=pattern.pattern.patient, sets=[*own, *sets])
    settings = experiment.settings.values_by_path
    hand = Hand(rig := make("virtual", CLEAN, {}, {}, seed, period_s), settings)
    rig.open()
    try:
        frames = [hand.ticks(1000) for _ in range(int(np.ceil((SETTLE_S + seconds) * 1e-3 / period_s)))]
    finally:
        rig.close()
    kept = {name: np.concatenate([part[name] for part in frames]) for name in SEEN}
    skip, count = round(SETTLE_S / period_s), round(seconds / period_s)
    part = slice(skip, skip + count)
    onset = np.flatnonzero(np.diff(kept["plant.beat"]) > 0) + 1
    delay_s = float(settings["patient.electromechanical_delay_ms"]) * 1e-3
    ends = np.append(onset[1:], len(kept["plant.beat"]))[: len(onset)]  # asystole has none
    flow = np.maximum(kept["plant.av_flow_mL_s"], 0.0)
    stroke = np.array([flow[a:b].sum() * period_s for a, b in zip(onset, ends, strict=True)], float)
    r_s: Samples = np.asarray((onset - skip) * period_s - delay_s, np.float64)
    inside = (r_s >= 0.0) & (r_s < seconds)
    ecg, aop = laid_over(pattern.artefact, kept["in.ecg_mV"][part], kept["in.aop_mmHg"][part], period_s, seed)
    return Waveforms(pattern, period_s, ecg, aop, r_s[inside], stroke[inside] > EJECTS_ML)


def _word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
