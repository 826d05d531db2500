"""Alarms of the balloon console on the virtual rig: every cause is named, and what must deflate the balloon does within one beat;
nothing is named while the balloon works.
"""

from pathlib import Path

import numpy as np
import pytest

from cext.tables.load import balloon_alarms
from controller.faults import Fault

FAULT_S = 25.0
BEAT_S = 60.0 / 90.0
PATIENTS = sorted(path.stem for path in (Path(__file__).parents[2] / "configs" / "patients").glob("*.toml"))
DEFLATING = {alarm.name for alarm in balloon_alarms() if alarm.deflates}
PRIORITY = {alarm.name: alarm.priority for alarm in balloon_alarms()}


def alarms_of(events):
    return [event for event in events if event.kind == "alarm"]


def check_deflated(frames, found_s, began_s):
    """Named within a beat of the first inflation command that met the fault, or of the fault where that fell into one."""
    begins = frames["time.t_s"][(np.diff(frames["iabp.phase"], prepend=0) > 0) & (frames["iabp.phase"] == 2)]
    met = begins[begins > began_s - 0.3]
    assert len(met) <= 2, "the inflation that the fault fell in, or the first one with it"
    assert found_s - max([began_s, *met[-1:]]) <= BEAT_S
    late = frames["time.t_s"] > found_s + 0.3
    assert (frames["iabp.phase"][late] != 2).all()


# Over a beat, from the inflation command on: into the filling, the plateau, the emptying, the empty balloon.
@pytest.mark.parametrize("shift_s", [0.0, 0.04, 0.1, 0.2, 0.4])
@pytest.mark.parametrize(
    ("fault", "names"),
    [
        ({"iabp.kink": 1.0}, {"catheter-kinked"}),
        # Blood that closes the lumen of a full balloon shuts the gas in, as a kink does; the alarm says to look for blood first.
        ({"iabp.line_blood_mL": 4.0}, {"blood-detected", "catheter-kinked"}),
        ({"iabp.burst": True}, {"balloon-leak", "blood-detected"}),
        ({"iabp.disconnection": 1.0}, {"balloon-disconnected"}),
    ],
)
def test_a_fault_of_the_gas_is_named_and_the_balloon_deflated(rig_run, fault, names, shift_s):
    events = []
    frames = rig_run(["iabp.enabled=on"], 29.0, [(FAULT_S + shift_s, fault, 0.0)], heard=events.append)
    found = alarms_of(events)
    assert len(found) == 1
    assert found[0].data["condition"] in names
    assert found[0].priority == "high"
    check_deflated(frames, found[0].t_s, FAULT_S + shift_s)


@pytest.mark.parametrize("shift_s", [0.1, 0.4])
@pytest.mark.parametrize("open_", [0.0, 1.0])
@pytest.mark.parametrize("valve", ["valve_pressure", "valve_vacuum"])
def test_a_valve_that_sticks_is_named(rig_run, valve, open_, shift_s):
    stuck = Fault(f"out.{valve}", "wrong", FAULT_S + shift_s, 100.0, gain=0.0, offset=open_)
    events = []
    frames = rig_run(["iabp.enabled=on"], 28.0, heard=events.append, faults=[stuck])
    found = alarms_of(events)
    assert [one.data["condition"] for one in found] == ["valve-stuck"]
    check_deflated(frames, found[0].t_s, FAULT_S + shift_s)


def test_a_slow_leak_is_told_when_it_is_small_and_deflates_when_it_is_not(rig_run):
    events = []
    frames = rig_run(["iabp.enabled=on"], 60.0, [(FAULT_S, {"iabp.disconnection": 0.001}, 0.0)], heard=events.append)
    low, loss = alarms_of(events)
    assert (low.data["condition"], low.priority) == ("gas-low", "low")
    assert (loss.data["condition"], loss.priority) == ("gas-loss", "high")
    assisting = frames["iabp.phase"] == 2
    between = (frames["time.t_s"] > low.t_s) & (frames["time.t_s"] < loss.t_s)
    assert assisting[between].any()
    assert not assisting[frames["time.t_s"] > loss.t_s + 0.1].any()


def test_after_a_loss_the_pump_switched_off_and_on_fills_and_assists_again(rig_run):
    events = []
    plan = [
        (FAULT_S, {"iabp.disconnection": 0.003}, 0.0), (45.0, {"iabp.disconnection": 0.0}, 0.0),
        (46.0, {"iabp.enabled": False}, 0.0), (47.0, {"iabp.enabled": True}, 0.0),
    ]  # fmt: skip
    frames = rig_run(["iabp.enabled=on"], 75.0, plan, heard=events.append)
    assert [one.data["condition"] for one in alarms_of(events)][-1] == "gas-loss"
    assert not (frames["iabp.phase"][(frames["time.t_s"] > 43.0) & (frames["time.t_s"] < 47.0)] == 2).any()
    assert (frames["iabp.phase"][frames["time.t_s"] > 65.0] == 2).any()
    assert [event.data["condition"] for event in events if event.kind == "alarm-end"][-1] == "gas-loss"


@pytest.mark.parametrize(
    ("sets", "name"),
    [
        ("iabp.overfill_mL=5", "high-baseline"),
        ("iabp.helium_bar=0", "autofill-failure"),
        ("iabp.kink=1", "catheter-kinked"),
    ],
)
def test_what_is_wrong_from_the_start_is_named(rig_run, sets, name):
    events = []
    frames = rig_run(["iabp.enabled=on", sets], 20.0, heard=events.append)
    assert name in [one.data["condition"] for one in alarms_of(events)]
    assert not (frames["iabp.phase"][frames["time.t_s"] > 15.0] == 2).any()


@pytest.mark.parametrize(
    ("cause", "name"),
    [
        ({"iabp.filling_leak_mL_min": 30.0}, "gas-gain"),
        ({"iabp.helium_bar": 5.0}, "low-helium"),
        ({"iabp.vacuum_loss": 0.6}, "low-vacuum"),
        ({"iabp.cooling_loss": 1.0}, "over-temperature"),
        ({"patient.da_compliance_mL_mmHg": 2.0}, "low-augmentation"),
    ],
)
def test_what_fails_while_it_works_is_named(rig_run, cause, name):
    seconds = 300.0 if name == "over-temperature" else 60.0
    events = []
    frames = rig_run(["iabp.enabled=on"], seconds, [(FAULT_S, cause, 0.0)], heard=events.append)
    found = alarms_of(events)
    assert [(one.data["condition"], one.priority) for one in found] == [(name, PRIORITY[name])]
    assert found[0].t_s > FAULT_S
    assisting = (frames["iabp.phase"][frames["time.t_s"] > found[0].t_s + 2.0] == 2).any()
    assert assisting != (name in DEFLATING)


def test_an_augmented_pressure_below_the_limit_that_was_set_is_told_and_ends(rig_run):
    events = []
    plan = [(20.0, {"iabp.augmentation_alarm_mmHg": 200.0}, 0.0), (30.0, {"iabp.augmentation_alarm_mmHg": 40.0}, 0.0)]
    rig_run(["iabp.enabled=on"], 40.0, plan, heard=events.append)
    told = [(event.kind, event.data["condition"]) for event in events if event.data.get("condition")]
    assert told == [("alarm", "low-augmentation"), ("condition", "augmentation-good"), ("alarm-end", "low-augmentation")]


def test_a_level_that_is_good_again_ends_its_alarm(rig_run):
    events = []
    plan = [(20.0, {"iabp.helium_bar": 5.0}, 0.0), (30.0, {"iabp.helium_bar": 130.0}, 0.0)]
    rig_run(["iabp.enabled=on"], 40.0, plan, heard=events.append)
    told = [(event.kind, event.data["condition"]) for event in events if event.data.get("condition")]
    assert told == [("alarm", "low-helium"), ("condition", "drive-good"), ("alarm-end", "low-helium")]


@pytest.mark.parametrize(
    "sets",
    [
        ["patient.rhythm=af", "patient.hr_bpm=120"], ["patient.hr_bpm=140"], ["patient.hr_bpm=45"], ["patient.rhythm=pvc"],
        ["iabp.gas=co2"], ["iabp.assist=1:3"], ["iabp.fill_mL=25"], ["iabp.balloon_mL=30"], ["iabp.balloon_mL=50"],
        ["patient.breathing=ventilated"],
    ],
)  # fmt: skip
def test_nothing_is_named_without_a_fault(rig_run, sets):
    events = []
    rig_run(["iabp.enabled=on", *sets], 60.0, heard=events.append)
    assert [event.text for event in alarms_of(events)] == []


def test_nothing_is_named_while_volume_drugs_and_ratio_change(rig_run):
    plan = [
        (15.0, {"iabp.fill_mL": 25.0}, 0.0), (30.0, {"iabp.fill_mL": 0.0}, 0.0), (45.0, {"iabp.assist": "1:2"}, 0.0),
        (60.0, {"patient.noradrenaline": 1.0}, 0.0), (90.0, {"patient.noradrenaline": 0.0, "patient.nitroprusside": 0.5}, 0.0),
    ]  # fmt: skip
    events = []
    rig_run(["iabp.enabled=on"], 120.0, plan, heard=events.append)
    assert [event.text for event in alarms_of(events)] == []


@pytest.mark.parametrize("patient", PATIENTS)
def test_nothing_is_named_in_any_patient_of_the_shelf(rig_run, patient):
    events = []
    frames = rig_run(["iabp.enabled=on"], 60.0, patient=patient, heard=events.append, override=("iabp-in-ar",))
    found = alarms_of(events)
    if patient == "aortic-regurgitation-acute":  # a contraindication: the balloon fails there, and is said to
        found = [event for event in found if event.data["condition"] != "low-augmentation"]
    assert [event.text for event in found] == []
    assert (frames["iabp.phase"][-3000:] == 2).any()
