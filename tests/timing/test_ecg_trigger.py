"""R waves on recorded, noisy, turned and scaled ECG: found once, causally, in time."""

import numpy as np
import pytest


def matched(match, beats, true, tolerance_s=0.075):
    return match(beats["t_s"], beats["given_s"], true, tolerance_s)


def test_record_100(record_100, beats_of, match):
    signals, true = record_100
    found = matched(match, beats_of(signals.ecg_mV), true)
    assert found.sensitivity >= 99.8
    assert found.predictivity >= 99.8
    assert found.delay_ms <= 20.0
    near = matched(match, beats_of(signals.ecg_mV), true, 0.020)
    assert near.sensitivity >= 99.5


@pytest.mark.parametrize(("snr_db", "least"), [(12, 99.0), (6, 96.0)])
@pytest.mark.parametrize("kind", ["muscle", "muscle-low", "wander", "hum"])
def test_record_100_in_noise(record_100, beats_of, match, with_noise, kind, snr_db, least):
    signals, true = record_100
    found = matched(match, beats_of(with_noise(signals.ecg_mV, true, kind, snr_db)), true)
    assert found.sensitivity >= least
    assert found.predictivity >= least


@pytest.mark.parametrize("factor", [-1.0, 0.15, 2.5])
def test_size_and_polarity_do_not_matter(record_100, beats_of, match, factor):
    signals, true = record_100
    found = matched(match, beats_of(factor * signals.ecg_mV[:300_000]), true[true < 299.9])
    assert found.sensitivity >= 99.5
    assert found.predictivity >= 99.5


@pytest.mark.parametrize("lead", ["ecg_ii_mV", "ecg_iii_mV", "ecg_v_mV"])
def test_every_beat_of_the_icu_record_once(data, beats_of, lead):
    """About 104 beats a minute with ectopy: 390 complexes by eye, none doubled, none left out."""
    from controller.signals import read_signals

    beats = beats_of(read_signals([data / "icu_ecg_249.89hz.csv.gz"], lead).ecg_mV)
    intervals = np.diff(beats["t_s"])
    assert len(beats) == pytest.approx(390, abs=1)
    assert intervals.min() > 0.35
    assert intervals.max() < 0.95


def ecg(r_s, until_s, t_mV=0.28, spikes=()):
    t = np.arange(0.0, until_s, 1e-3)
    lead = 0.02 * np.random.default_rng(5).standard_normal(len(t))
    for r in r_s:
        lead += np.exp(-0.5 * ((t - r) / 0.009) ** 2) + t_mV * np.exp(-0.5 * ((t - r - 0.28) / 0.045) ** 2)
    for at, size in spikes:
        lead[round(at * 1e3) : round(at * 1e3) + 2] += size
    return lead


def test_a_tall_t_wave_is_no_beat(beats_of):
    r = np.arange(0.5, 60.0, 0.85)
    beats = beats_of(ecg(r, 60.0, t_mV=0.9))
    assert len(beats) == pytest.approx(np.sum(r > 1.6), abs=1)


def test_pacer_pulses_are_no_r_waves(beats_of):
    r = np.arange(0.5, 60.0, 0.85)
    beats = beats_of(ecg(r, 60.0, spikes=[(x - 0.18, 5.0) for x in r]))
    late = beats["t_s"][:, None] - r[None, :]
    assert np.abs(late).min(axis=1).max() < 0.01


@pytest.mark.parametrize(("trigger", "shift_s"), [("pacer-v", -0.03), ("pacer-av", -0.03), ("pacer-a", 0.0)])
def test_pacer_triggers(beats_of, trigger, shift_s):
    r = np.arange(0.5, 40.0, 0.8)
    pulses = [(x - 0.03, 4.0) for x in r] if trigger != "pacer-a" else []
    if trigger != "pacer-v":
        pulses += [(x - 0.18, 3.0) for x in r]
    beats = beats_of(ecg(r, 40.0, spikes=pulses), trigger=trigger)
    assert set(beats["source"]) == {3}
    assert len(beats) == pytest.approx(len(r), abs=2)
    late = (beats["t_s"][:, None] - r[None, :] - shift_s)[2:-1]
    assert np.abs(late).min(axis=1).max() < 0.005


@pytest.mark.parametrize("lead", ["flat", "amplifier noise", "absent"])
def test_a_lead_that_is_off_triggers_nothing(beats_of, lead):
    made = {"flat": np.zeros(20_000), "absent": np.full(20_000, np.nan)}
    made["amplifier noise"] = 0.02 * np.random.default_rng(1).standard_normal(20_000)
    assert len(beats_of(made[lead])) == 0
