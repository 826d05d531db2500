"""What is laid over a clean ECG and pressure: noise of a ward and an operating theatre, lines that distort.

Noise is seeded. Bands: muscle 20-150 Hz, baseline wander 0.05-0.7 Hz (as the docs' figures of the trigger chain have them);
electrosurgery 40-400 Hz, its carrier rectified by the amplifier, modulated with twice the mains; a pressure line is of second order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from controller.config.pattern import Artefact

Samples = npt.NDArray[np.float64]
OPEN_LEAD_HUM_MV = 0.02
RING_HZ, RING_DAMPING = 25.0, 0.25  # after a fast flush, of a good line
EDGE_S = 0.02


def laid_over(
    artefacts: Sequence[Artefact], ecg_mV: Samples, aop_mmHg: Samples, period_s: float, seed: int
) -> tuple[Samples, Samples]:
    """ECG and pressure with the artefacts, in their order. Shapes (n,), finite."""
    t: Samples = np.arange(len(ecg_mV), dtype=np.float64) * period_s
    for number, one in enumerate(artefacts):
        rng = np.random.default_rng((seed, number))
        on = when(one, t)
        if one.on_ecg:
            ecg_mV = np.where(on, ON_ECG[one.kind](one, ecg_mV, t, period_s, rng), ecg_mV)
        else:
            aop_mmHg = ON_PRESSURE[one.kind](one, aop_mmHg, on, period_s)
    return ecg_mV, aop_mmHg


def when(one: Artefact, t: Samples) -> npt.NDArray[np.bool_]:
    """Where the artefact is present."""
    since = t - one.from_s
    phase = np.mod(since, one.every_s) if one.every_s is not None else since
    lasting: npt.NDArray[np.bool_] = (since >= 0.0) & (phase < (one.lasts_s if one.lasts_s is not None else np.inf))
    return lasting


def _band(rng: np.random.Generator, n: int, low_hz: float, high_hz: float, period_s: float) -> Samples:
    """Noise of rms 1 in a band."""
    from scipy.signal import butter, sosfilt

    high_hz = min(high_hz, 0.45 / period_s)
    made: Samples = sosfilt(butter(2, (low_hz, high_hz), "band", fs=1.0 / period_s, output="sos"), rng.standard_normal(n))
    return made / max(float(np.sqrt(np.mean(made**2))), 1e-12)


def _size(one: Artefact) -> float:
    return one.size if one.size is not None else 0.0


def _mains(one: Artefact, ecg: Samples, t: Samples, period_s: float, rng: np.random.Generator) -> Samples:
    return ecg + _size(one) * np.sin(2.0 * np.pi * (one.hz or 50.0) * t)


def _muscle(one: Artefact, ecg: Samples, t: Samples, period_s: float, rng: np.random.Generator) -> Samples:
    return ecg + _size(one) * _band(rng, len(t), 20.0, 150.0, period_s)


def _wander(one: Artefact, ecg: Samples, t: Samples, period_s: float, rng: np.random.Generator) -> Samples:
    slow = _band(rng, len(t), 0.05, 0.7, period_s)
    return ecg + _size(one) * slow / max(float(np.ptp(slow)), 1e-12)


def _electrosurgery(one: Artefact, ecg: Samples, t: Samples, period_s: float, rng: np.random.Generator) -> Samples:
    burst = _band(rng, len(t), 40.0, 400.0, period_s) * (0.6 + 0.4 * np.sin(2.0 * np.pi * 2.0 * (one.hz or 50.0) * t))
    return np.clip(ecg + _size(one) * (burst / 3.0 + 0.3), -abs(_size(one)), abs(_size(one)))


def _lead_off(one: Artefact, ecg: Samples, t: Samples, period_s: float, rng: np.random.Generator) -> Samples:
    return _size(one) + OPEN_LEAD_HUM_MV * np.sin(2.0 * np.pi * 50.0 * t)


def _line(values: Samples, hz: float, damping: float, period_s: float) -> Samples:
    """A catheter and transducer of second order, begun in balance."""
    from scipy.signal import cont2discrete, lfilter, lfilter_zi

    w = 2.0 * np.pi * hz
    above, below, _ = cont2discrete(((w * w,), (1.0, 2.0 * damping * w, w * w)), period_s, method="bilinear")
    through: Samples = lfilter(above[0], below, values, zi=lfilter_zi(above[0], below) * values[0])[0]
    return through


def _damped(one: Artefact, aop: Samples, on: npt.NDArray[np.bool_], period_s: float) -> Samples:
    return np.where(on, _line(aop, one.hz or 3.0, 1.0, period_s), aop)


def _resonant(one: Artefact, aop: Samples, on: npt.NDArray[np.bool_], period_s: float) -> Samples:
    return np.where(on, _line(aop, one.hz or 12.0, one.damping, period_s), aop)


def _flush(one: Artefact, aop: Samples, on: npt.NDArray[np.bool_], period_s: float) -> Samples:
    return _line(np.where(on, _size(one), aop), RING_HZ, RING_DAMPING, period_s)


def _open_to_air(one: Artefact, aop: Samples, on: npt.NDArray[np.bool_], period_s: float) -> Samples:
    ticks = max(1, round(EDGE_S / period_s))
    share = np.convolve(on.astype(float), np.full(ticks, 1.0 / ticks), "same")
    return aop * (1.0 - share)


ON_ECG: dict[str, Callable[[Artefact, Samples, Samples, float, np.random.Generator], Samples]] = {
    "mains": _mains, "muscle": _muscle, "wander": _wander, "electrosurgery": _electrosurgery, "lead-off": _lead_off,
}  # fmt: skip
ON_PRESSURE: dict[str, Callable[[Artefact, Samples, npt.NDArray[np.bool_], float], Samples]] = {
    "damped": _damped, "resonant": _resonant, "flush": _flush, "open-to-air": _open_to_air,
}  # fmt: skip
