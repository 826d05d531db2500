"""Every patient shows what its file says that it must show."""

import pytest

from controller.config.find import available

pytestmark = pytest.mark.needs("patient-model")


@pytest.mark.parametrize("name", available("patient"))
def test_shows_what_its_file_promises(rig, name):
    rig.prepare(patient=name)
    promised = rig.experiment.patient.patient.must_show
    assert promised, f"the patient {name} promises nothing"
    rig.advance(10.0)
    rig.until_steady()
    rig.metrics(20.0)
    for limit in promised:
        rig.expect(limit.metric, low=limit.low, high=limit.high, source=limit.source)
