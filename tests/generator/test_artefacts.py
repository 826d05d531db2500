"""Artefacts: size, band, place and time of what is laid over the signal."""

import numpy as np
import pytest

from controller.config.pattern import Artefact
from controller.generator.artefacts import laid_over, when

N = 20_000
T = np.arange(N) * 1e-3
FLAT = np.zeros(N)
PULSE = 90.0 + 20.0 * np.sin(2 * np.pi * 1.2 * T)


def on_ecg(**row):
    return laid_over([Artefact(**row)], FLAT, PULSE, 1e-3, 7)[0]


def on_pressure(**row):
    return laid_over([Artefact(**row)], FLAT, PULSE, 1e-3, 7)[1]


def share_within(values, low_hz, high_hz):
    power = np.abs(np.fft.rfft(values - values.mean())) ** 2
    hz = np.fft.rfftfreq(len(values), 1e-3)
    return power[(hz >= low_hz) & (hz <= high_hz)].sum() / power.sum()


def test_hum_is_a_sine_of_its_size_and_rate():
    made = on_ecg(kind="mains", size=0.3, hz=60.0)
    assert made.max() == pytest.approx(0.3, rel=0.01)
    assert share_within(made, 59.5, 60.5) > 0.99


def test_muscle_has_its_rms_and_band():
    made = on_ecg(kind="muscle", size=0.1)
    assert np.sqrt(np.mean(made**2)) == pytest.approx(0.1, rel=0.02)
    assert share_within(made, 15.0, 170.0) > 0.9


def test_wander_is_slow_and_of_its_size():
    made = on_ecg(kind="wander", size=2.0)
    assert np.ptp(made) == pytest.approx(2.0, rel=0.01)
    assert share_within(made, 0.0, 1.5) > 0.9


def test_electrosurgery_is_broad_and_bounded():
    made = on_ecg(kind="electrosurgery", size=4.0)
    assert np.abs(made).max() <= 4.0
    assert np.std(made) > 0.5
    assert share_within(made, 30.0, 450.0) > 0.9


def test_an_open_lead_shows_its_level_and_no_heart():
    ecg, _ = laid_over([Artefact(kind="lead-off", size=2.5, from_s=5.0, lasts_s=5.0)], PULSE / 100.0, PULSE, 1e-3, 7)
    off = (T >= 5.0) & (T < 10.0)
    assert np.abs(ecg[off] - 2.5).max() < 0.05
    assert np.array_equal(ecg[~off], PULSE[~off] / 100.0)


def test_a_damped_line_flattens_and_a_resonant_one_overshoots():
    inner = T > 2.0
    assert np.ptp(on_pressure(kind="damped", hz=2.0)[inner]) < 0.85 * np.ptp(PULSE)
    step = np.where(T > 5.0, 100.0, 0.0)
    rung = laid_over([Artefact(kind="resonant", hz=12.0, damping=0.2)], FLAT, step, 1e-3, 7)[1]
    assert rung.max() == pytest.approx(100.0 * (1.0 + np.exp(-np.pi * 0.2 / np.sqrt(1 - 0.2**2))), rel=0.03)
    assert rung[-1] == pytest.approx(100.0, abs=0.1)


def test_a_flush_reaches_its_pressure_and_rings_after_it():
    made = on_pressure(kind="flush", size=300.0, from_s=5.0, lasts_s=1.0)
    assert np.median(made[5_300:5_900]) == pytest.approx(300.0, abs=2.0)
    assert made[6_000:6_100].min() < PULSE[6_000:6_100].min() - 20.0
    assert np.abs(made[12_000:] - PULSE[12_000:]).max() < 3.0


def test_open_to_air_there_is_no_pulse():
    made = on_pressure(kind="open-to-air", from_s=5.0, lasts_s=5.0)
    assert np.abs(made[5_100:9_900]).max() < 1e-9


def test_bursts_come_again():
    on = when(Artefact(kind="mains", size=0.1, from_s=2.0, lasts_s=1.0, every_s=5.0), T)
    assert on.sum() == pytest.approx(4 * 1000, abs=8)
    assert not on[:2000].any() and on[2500] and not on[3500] and on[7500]


@pytest.mark.parametrize(
    "row",
    [{"kind": "mains"}, {"kind": "damped"}, {"kind": "mains", "size": 0.1, "every_s": 3.0},
     {"kind": "mains", "size": 0.1, "every_s": 3.0, "lasts_s": 3.0}, {"kind": "thunder", "size": 1.0}],
)  # fmt: skip
def test_what_cannot_be_is_refused(row):
    with pytest.raises(ValueError):
        Artefact(**row)
