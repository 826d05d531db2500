"""Every pattern goes out of a simulated card, comes in by its analog inputs, and the trigger chain does with it what it should."""

import numpy as np
import pytest

from controller.config.find import available
from controller.config.load import load
from controller.config.pattern import Pattern
from controller.generator.found import compared
from controller.generator.play import play


@pytest.mark.parametrize("name", sorted(available("pattern")))
def test_the_chain_triggers_as_it_should(name, made_of, loop_bench):
    made = made_of(name)
    played = play(made, loop_bench, realtime=False)
    assert played.put_out_s == pytest.approx(60.0)
    truth = made.r_s[made.ejects] if made.pattern.expect.trigger == "pressure" else made.r_s
    found = compared(truth, played.triggers_s, made.duration_s, made.pattern.expect.trigger)
    assert found.misses(made.pattern) == [], found


def test_every_trigger_mode_and_artefact_has_a_pattern():
    patterns = [load(Pattern, "pattern", name) for name in available("pattern")]
    assert {p.expect.trigger for p in patterns} >= {"ecg", "pressure", "afib", "pacer-v", "pacer-a", "pacer-av"}
    kinds = {one.kind for p in patterns for one in p.artefact}
    assert kinds == {
        "mains", "muscle", "wander", "electrosurgery", "lead-off", "damped", "resonant", "flush", "open-to-air"
    }  # fmt: skip
    assert {p.set.get("patient.rhythm", "sinus") for p in patterns} >= {"af", "bigeminy", "paced", "asystole", "vf"}


def test_the_same_seed_gives_the_same_bits(made_of):
    one, again = made_of("fibrillation", 10.0), made_of("fibrillation", 10.0, seed=1)
    other = made_of("fibrillation", 10.0, seed=2)
    assert np.array_equal(one.ecg_mV, again.ecg_mV) and np.array_equal(one.aop_mmHg, again.aop_mmHg)
    assert not np.array_equal(one.ecg_mV, other.ecg_mV)


def test_settings_go_before_the_pattern(made_of):
    made = made_of("sinus", 30.0, sets=("patient.hr_bpm=100",))
    assert np.diff(made.r_s).mean() == pytest.approx(0.6, abs=0.05)


def test_true_r_waves_are_where_the_ecg_peaks(made_of):
    made = made_of("sinus")
    for r in made.r_s[made.r_s > 0.1]:
        at = round(r / made.period_s)
        near = made.ecg_mV[max(0, at - 40) : at + 40]
        assert abs(int(near.argmax()) - min(at, 40)) <= 2
    assert made.ejects.all()
