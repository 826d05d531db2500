"""Records, noise of known power, and how found beats are matched with true ones."""

import asyncio
import warnings
from pathlib import Path

import numpy as np
import pytest

DATA = Path(__file__).parents[3] / "shared" / "data" / "ecg"
if not DATA.is_dir():
    DATA = Path(__file__).parents[2].parent / "shared" / "data" / "ecg"


@pytest.fixture(scope="session")
def data():
    """The folder of recorded signals; skips where it is missing."""
    if not DATA.is_dir():
        pytest.skip(f"recorded signals are not here: {DATA}")
    return DATA


@pytest.fixture(scope="session")
def record_100(data):
    """(Signals of lead MLII at 1 kHz, times of the annotated beats in s)."""
    wfdb = pytest.importorskip("wfdb", reason="wfdb is not installed: WFDB records cannot be read")
    from controller.signals import read_signals

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of pandas, by wfdb
        notes = wfdb.rdann(str(data / "100"), "atr")
    beats = [at for at, symbol in zip(notes.sample, notes.symbol, strict=True) if symbol in "NLRBAaJSVrFejnE/fQ?"]
    return read_signals([data / "100"]), np.array(beats) / 360.0


class Match:
    """Found against true times: sensitivity and positive predictivity in percent, delay of the given times in ms."""

    def __init__(self, found, given, true, tolerance_s, from_s=5.0):
        true = true[true > from_s]
        keep = found > from_s - tolerance_s
        found, given = found[keep], given[keep]
        hits, delays, i, j = 0, [], 0, 0
        while i < len(true) and j < len(found):
            if abs(found[j] - true[i]) <= tolerance_s:
                hits += 1
                delays.append(given[j] - true[i])
                i, j = i + 1, j + 1
            elif found[j] < true[i]:
                j += 1
            else:
                i += 1
        self.sensitivity = 100.0 * hits / len(true)
        self.predictivity = 100.0 * hits / max(len(found), 1)
        self.delay_ms = 1e3 * float(np.median(delays))


@pytest.fixture(scope="session")
def match():
    return Match


@pytest.fixture(scope="session")
def beats_of():
    """Runs the chain: `beats_of(ecg, aop=None, trigger="ecg", stand_in=False)` -> structured array, a row a trigger."""
    from cext.estimate.chain import Chain
    from cext.tables.load import settings

    def run(ecg, aop=None, trigger="ecg", stand_in=False, **values):
        encoded = {
            "iabp.trigger": settings()["iabp.trigger"].encode(trigger),
            "iabp.trigger_stand_in": float(stand_in),
            **values,
        }
        pressure = np.full(len(ecg), np.nan) if aop is None else aop
        return Chain(encoded).run(ecg, pressure)[0]

    return run


@pytest.fixture(scope="session")
def with_noise():
    """`with_noise(ecg, r_s, kind, snr_db, seed)`: power of noise against (QRS peak to peak)^2/8, as WFDB's nst defines it."""
    from scipy.signal import butter, sosfilt

    def make(ecg, r_s, kind, snr_db, seed=1):
        rng, n = np.random.default_rng(seed), len(ecg)
        if kind == "hum":
            noise = np.sin(2 * np.pi * 50.0 * np.arange(n) * 1e-3)
        else:
            band = {"muscle": [20.0, 150.0], "muscle-low": [5.0, 150.0], "wander": [0.05, 0.7]}[kind]
            noise = sosfilt(butter(2, band, "band", fs=1000.0, output="sos"), rng.standard_normal(n))
        sizes = np.sort([np.ptp(ecg[max(0, int(1e3 * r) - 50) : int(1e3 * r) + 50]) for r in r_s])
        cut = len(sizes) // 20
        power = np.mean(sizes[cut:-cut]) ** 2 / 8.0
        return ecg + noise * np.sqrt(power / 10 ** (snr_db / 10) / np.mean(noise**2))

    return make


KEPT = ("time.t_s", "plant.av_flow_mL_s", "plant.av_opening", "plant.balloon_mL", "plant.beat", "beat.trigger", "beat.since_r_s",
        "beat.notch_s", "beat.source", "iabp.phase", "in.aop_mmHg", "in.ecg_mV", "in.balloon_pressure_mmHg")  # fmt: skip


def _run(sets, seconds, plan=(), *, patient="cardiogenic-shock", seed=1, heard=None, faults=(), override=()):
    """Frames of a fast run, columns KEPT. `plan`: (t_s, {path: value}, ramp_s). `faults`: controller.faults.Fault."""
    from controller.config.experiment import load_experiment
    from controller.faults import put_in
    from controller.session.assemble import assemble

    session = assemble(load_experiment(patient=patient, sets=list(sets)), seed=seed, faulty=bool(faults))
    parts = []
    if heard:
        session.listen(heard)

    async def go():
        await session.open()
        await session.arm(override)
        await session.start()
        for fault in faults:
            put_in(session, fault, fault.begin_s)
        todo = sorted(plan, key=lambda step: step[0])
        while session.t_s < seconds:
            while todo and session.t_s >= todo[0][0]:
                _, values, ramp_s = todo.pop(0)
                session.set(values, ramp_s)
            frames = (await session.advance()).frames
            parts.append({name: frames[name].copy() for name in KEPT})

    try:
        asyncio.run(go())
    finally:
        session.close()
    return {name: np.concatenate([part[name] for part in parts]) for name in KEPT}


@pytest.fixture(scope="session")
def rig_run():
    return _run
