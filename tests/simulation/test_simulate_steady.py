"""`simulate` finds the rest of every heart, also of those that never beat twice alike."""

import pytest

from controller.config.experiment import load_experiment
from controller.config.find import available
from controller.simulation import settle


def simulated(patient="healthy", *sets, settle_s=60.0):
    return settle(load_experiment(bench="virtual", patient=patient, sets=sets), settle_s=settle_s)


def test_a_wandering_rate_is_called_steady_in_time():
    found = simulated()
    assert found.agreement.steady, str(found.agreement)
    assert found.settled_s < 200.0
    assert found.window.beats >= 20


def test_fibrillation_is_called_steady_and_measured_over_sixty_beats():
    found = simulated("healthy", "patient.rhythm=af")
    assert found.agreement.steady, str(found.agreement)
    assert found.window.beats >= 60


def test_a_drug_that_sets_in_is_waited_for():
    """Without a settling time of the caller's: not called steady while it sets in over minutes."""
    found = simulated("heart-failure", "patient.nitroprusside=1", settle_s=0.0)
    at_rest = simulated("heart-failure", "patient.nitroprusside=1", settle_s=400.0)
    assert found.window.values["map_mmHg"] == pytest.approx(at_rest.window.values["map_mmHg"], abs=1.5)


@pytest.mark.slow
@pytest.mark.parametrize("patient", sorted(available("patient")))
def test_every_patient_comes_to_rest(patient):
    found = simulated(patient)
    assert found.agreement.steady, f"{patient}: {found.agreement}"
    assert found.settled_s < 300.0
