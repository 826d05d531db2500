"""Every patient shows what its file says that it must show."""

import pytest

from controller.config.find import available

pytestmark = pytest.mark.needs("patient-model")


@pytest.mark.parametrize("name", available("patient"))
def test_shows_what_its_file_promises(rig, name):
    rig.prepare(patient=name)
    promised = rig.experiment.patient.patient.must_show
    assert promised, f"the patient {name} promises nothing"
    rig.until_steady(window_s=30.0)  # long windows: a healthy heart's rate wanders
    for limit in promised:
        rig.expect(limit.metric, low=limit.low, high=limit.high, source=limit.source)
