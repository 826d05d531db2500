"""The shipped protocols pass, and leave a whole recording behind."""

import pytest


@pytest.mark.parametrize("protocol", ["iabp-weaning", "impella-ramp"])
def test_passes_and_is_recorded(run, protocol):
    ran = run(protocol)
    assert ran.failures == []
    assert ran.verdict == "PASS"
    assert ran.result.exit_code == 0
    assert ran.dataset.attrs["lost_frames"] == 0
    assert ran.dataset.attrs["complete"] == 1
    assert ran.events[-1]["kind"] in ("step", "transition", "command", "process")
