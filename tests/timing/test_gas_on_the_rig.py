"""Faults of the balloon's gas on the virtual rig: named, and the balloon deflated, within one beat; nothing is named without one."""

import numpy as np
import pytest

FAULT_S = 25.0


@pytest.mark.parametrize(
    ("fault", "names"),
    [
        # Closed while the balloon is full, a kink keeps gas from coming back, as blood in the lumen does: the graver name is given.
        ({"iabp.kink": 1.0}, {"catheter-kinked", "blood-detected"}),
        ({"iabp.burst": True}, {"balloon-leak"}),
        ({"iabp.disconnection": 1.0}, {"balloon-disconnected"}),
        ({"iabp.line_blood_mL": 4.0}, {"blood-detected"}),
    ],
)
def test_a_fault_is_named_and_the_balloon_deflated(rig_run, fault, names):
    events = []
    frames = rig_run(["iabp.enabled=on"], 32.0, [(FAULT_S, fault, 0.0)], heard=events.append)
    alarms = [event for event in events if event.kind == "alarm"]
    assert len(alarms) == 1
    assert alarms[0].data["condition"] in names
    assert {event.priority for event in alarms} == {"high"}
    begins = frames["time.t_s"][(np.diff(frames["iabp.phase"], prepend=0) > 0) & (frames["iabp.phase"] == 2)]
    after = begins[begins > FAULT_S - 0.3]
    assert len(after) <= 2, "the inflation that the fault fell in, or the first one with it"
    interval_s = 60.0 / 90.0
    assert alarms[0].t_s - max(FAULT_S, float(after[-1])) <= interval_s


def test_a_slow_leak_is_a_loss_of_gas_before_it_is_a_leak(rig_run):
    events = []
    rig_run(["iabp.enabled=on"], 60.0, [(FAULT_S, {"iabp.disconnection": 0.001}, 0.0)], heard=events.append)
    named = [event.data["condition"] for event in events if event.kind == "alarm"]
    assert named[0] == "gas-loss"


@pytest.mark.parametrize(
    "sets", [[], ["patient.rhythm=af", "patient.hr_bpm=120"], ["patient.hr_bpm=140"], ["patient.rhythm=pvc"]]
)
def test_nothing_is_named_without_a_fault(rig_run, sets):
    events = []
    rig_run(["iabp.enabled=on", *sets], 60.0, heard=events.append)
    assert [event.text for event in events if event.kind == "alarm"] == []
