"""When a heart whose beats differ by themselves is at rest."""

import random

import pytest

from cext.tables.metrics import metrics
from controller.metrics import BeatMetrics, Rhythm, rhythm_of, steady, window_beats

WANDERS = Rhythm(breath_s=4.0, varies=True)


def beats(n, drift_per_beat=0.0, sd=0.0, breath_mmHg=0.0, seed=1):
    noise = random.Random(seed)
    made = []
    for i in range(n):
        value = 80.0 + drift_per_beat * i + noise.gauss(0.0, sd) + breath_mmHg * ((i % 5) - 2)
        made.append(BeatMetrics(i, 0.8 * i, 0.8, True, dict.fromkeys(metrics()) | {"map_mmHg": value}, {}))
    return made


@pytest.mark.parametrize("seed", range(8))
def test_what_scatter_explains_is_rest(seed):
    wandering = beats(120, sd=3.0, seed=seed)
    assert not all(steady(wandering[:k], WANDERS, within={"map_mmHg": 0.25}).steady for k in (105, 110, 115, 120))
    assert steady(wandering, WANDERS).difference < 4.0


def test_most_wandering_hearts_at_rest_are_called_steady():
    verdicts = [steady(beats(120, sd=3.0, seed=seed), WANDERS).steady for seed in range(100)]
    assert 85 <= sum(verdicts) < 100  # the 95 % point of the studentised range, its variance estimated from 21 breaths


def test_drift_is_not_hidden_by_its_own_scatter():
    for sd in (0.0, 0.5, 1.0):
        verdict = steady(beats(120, drift_per_beat=0.1, sd=sd), WANDERS)
        assert not verdict.steady
        assert verdict.worst == "map_mmHg"


def test_breath_is_no_scatter():
    verdict = steady(beats(120, breath_mmHg=3.0), WANDERS)
    assert verdict.steady
    assert verdict.scatter == 0.0
    assert verdict.within == 0.25


def test_a_tolerance_of_the_caller_is_kept():
    wandering = beats(120, sd=3.0, seed=3)
    verdict = steady(wandering, WANDERS, within={"map_mmHg": 1e-6})
    assert not verdict.steady
    assert verdict.within == 1e-6


def test_words_name_the_scatter():
    verdict = next(v for seed in range(20) if (v := steady(beats(120, sd=3.0, seed=seed), WANDERS)).scatter)
    assert str(verdict).endswith("(what the beats' own variability explains)")


def test_windows_reach_over_the_slow_waves_of_the_rate():
    # Whole breaths of 4 s from 25 s on: 28 s each, so three of them need 105 beats of .8 s.
    assert not steady(beats(104), WANDERS).worst
    assert steady(beats(105), WANDERS).steady


def test_fibrillation_needs_sixty_beats_a_window():
    af = Rhythm(fibrillation=True, varies=True)
    assert window_beats([0.7] * 59, 4.0, af) == 0
    assert window_beats([0.7] * 90, 4.0, af) == 60
    assert not steady(beats(179), af).worst
    assert steady(beats(180), af).steady


def test_rhythm_of_settings():
    settings = {
        "iabp.enabled": True, "iabp.assist": "1:3", "patient.breathing": "spontaneous", "patient.breathing_rate_bpm": 12.0,
        "patient.rhythm": "sinus", "patient.sdnn_ms": 40.0,
    }  # fmt: skip
    assert rhythm_of(settings) == Rhythm(3, 5.0, fibrillation=False, varies=True)
    assert rhythm_of(settings | {"patient.sdnn_ms": 0.0, "patient.breathing": "off"}) == Rhythm(3)
    assert rhythm_of(settings | {"patient.rhythm": "af", "patient.sdnn_ms": 0.0}) == Rhythm(3, 5.0, True, True)
    assert rhythm_of(settings, modelled=False) == Rhythm(3)
    assert rhythm_of(settings | {"patient.rhythm": "bigeminy", "patient.sdnn_ms": 0.0}).varies
    assert not rhythm_of(settings | {"patient.rhythm": "flutter"}).varies
