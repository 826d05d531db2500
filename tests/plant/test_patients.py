"""Every patient shows what is said of him: the promises of his file, and the sentences of the design that are no number."""

import tomllib
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from cext.plant.model import PlantModel
from controller.api import simulate

CONFIGS = Path(__file__).parents[2] / "configs"
PATIENTS = sorted(p.stem for p in (CONFIGS / "patients").glob("*.toml"))


@cache
def rest(name, *sets):
    """Means of all metrics at rest, as `mockloop simulate` prints them."""
    return simulate(patient=name, settings=dict(sets), beats=40).window.values


def file_of(name):
    return tomllib.loads((CONFIGS / "patients" / f"{name}.toml").read_text())


@pytest.mark.parametrize("name", PATIENTS)
def test_he_shows_what_his_file_promises(name):
    found = rest(name)
    for row in file_of(name)["patient"]["must_show"]:
        value = found[row["metric"]]
        assert value is not None and row.get("low", -np.inf) <= value <= row.get("high", np.inf), (row, value)


@pytest.mark.parametrize("name", PATIENTS)
def test_his_set_point_is_his_own_pressure(name):
    """So the reflex leaves him as his file's numbers make him."""
    own = rest(name, ("patient.baroreflex", False))["map_mmHg"]
    assert file_of(name)["set"].get("reflex_setpoint_mmHg", 90.0) == pytest.approx(own, abs=0.6)


def raw(patient, name, **also):
    """10 s of signals of a settled patient, and the samples at which his ventricles begin."""
    model = PlantModel(patient(name, **also))
    model.skip(60.0)
    out = model.run(10.0)
    return out, np.flatnonzero(np.diff(out["beat"]) > 0)[1:] + 1


def test_acute_regurgitation_equilibrates_and_shuts_the_mitral_valve_before_systole(patient):
    out, onsets = raw(patient, "aortic-regurgitation-acute")
    assert np.all(out["aop_mmHg"][onsets] - out["lvp_mmHg"][onsets] < 10.0)
    assert np.all(out["mv_opening"][onsets] < 0.1)  # early closure
    chronic, at = raw(patient, "aortic-regurgitation")
    assert np.all(chronic["aop_mmHg"][at] - chronic["lvp_mmHg"][at] > 20.0)
    healthy, at = raw(patient, "healthy")
    assert np.all(healthy["mv_opening"][at] > 0.3)  # shut by systole itself


def test_a_chronic_leak_has_made_room_and_an_acute_one_has_not(patient):
    """Larger at a lower pressure; and the pericardium has grown with the heart."""
    for acute, chronic in (
        ("aortic-regurgitation-acute", "aortic-regurgitation"),
        ("mitral-regurgitation-acute", "mitral-regurgitation"),
    ):
        new, old = rest(acute), rest(chronic)
        assert old["lvedv_mL"] > 1.3 * new["lvedv_mL"] and old["lvedp_mmHg"] < new["lvedp_mmHg"] - 10.0
    for name in ("aortic-regurgitation", "mitral-regurgitation", "heart-failure"):
        grown, not_grown = (raw(patient, name, **also)[0] for also in ({}, {"pericardium_v0_mL": 690.0}))
        presses, would = ((out["pericardial_mmHg"] - out["intrathoracic_mmHg"]).max() for out in (grown, not_grown))
        assert presses < 3.0 and would > presses + 1.0, (name, presses, would)


def test_acute_mitral_regurgitation_has_a_v_wave_that_a_grown_atrium_hides(patient):
    def v_wave(name):
        out, _ = raw(patient, name)
        return out["lap_mmHg"].max() - out["lap_mmHg"].mean()

    acute, chronic, none = (
        v_wave(name) for name in ("mitral-regurgitation-acute", "mitral-regurgitation", "cardiogenic-shock")
    )
    assert acute > 7.0 and acute > 1.2 * none, (acute, chronic, none)
    assert rest("mitral-regurgitation-acute")["lap_mean_mmHg"] > rest("mitral-regurgitation")["lap_mean_mmHg"] + 10.0


def test_on_occlusion_pressure_power_and_ejection_fall_within_a_minute_and_come_back(patient):
    def means(model):
        out = model.run(10.0)
        return np.array([
            out["aop_mmHg"].mean(), out["aop_mmHg"].mean() * out["systemic_flow_mL_s"].mean(), np.ptp(out["lvv_mL"]) / out["lvv_mL"].max()
        ])  # fmt: skip

    model = PlantModel(patient("high-risk-pci"))
    model.skip(60.0)
    before = means(model)
    model.set({"patient.coronary_stenosis": 1.0})
    model.skip(50.0)
    assert np.all(means(model) < 0.93 * before)
    model.set({"patient.coronary_stenosis": patient("high-risk-pci")["patient.coronary_stenosis"]})
    model.skip(300.0)
    assert means(model) == pytest.approx(before, rel=0.03)


@pytest.mark.parametrize(("name", "stands_it"), [("weaning", True), ("cardiogenic-shock", False)])
def test_who_is_ready_tolerates_less_support_step_by_step(name, stands_it):
    """MAP 60 and more, no congestion (wedge under 18 mmHg), cardiac index 2.2 and more on every level down to P-2."""
    stands = []
    for level in ("P-9", "P-7", "P-5", "P-3", "P-2"):
        found = rest(name, ("pump.device", "impella-cp"), ("pump.level", level))
        stands.append(found["map_mmHg"] > 60.0 and found["lap_mean_mmHg"] < 18.0 and found["cardiac_index_L_min_m2"] > 2.2)
    assert stands[0] and all(stands) is stands_it, stands


def test_support_in_shock_has_the_published_sizes():
    """Output and left atrial pressure rise and fall in the order of the pumps; most of what a pump carries it takes from the valve."""
    alone = rest("cardiogenic-shock")
    pumps = [
        rest("cardiogenic-shock", ("pump.device", device), ("pump.level", level))
        for device, level in (("impella-2.5", "P-8"), ("impella-cp", "P-8"), ("impella-5.0", "P-9"))
    ]
    gained = [one["co_L_min"] - alone["co_L_min"] for one in pumps]
    assert 0.3 < gained[0] < gained[1] < gained[2] < 2.0 and 0.6 < gained[1] < 1.3, gained
    filling = [one["lap_mean_mmHg"] for one in (alone, *pumps)]
    assert filling == sorted(filling, reverse=True) and filling[0] - filling[2] > 3.0, filling
    assert 2.5 < pumps[1]["pump_flow_L_min"] < 3.7 and pumps[1]["native_co_L_min"] < 0.5 * alone["native_co_L_min"]


def test_a_balloon_brings_blood_to_coronaries_that_are_open_as_far_as_they_go():
    """In shock with narrow arteries flow follows diastolic pressure; where arterioles still regulate it follows the demand, which falls."""
    on = ("iabp.enabled", True)
    shock, helped = rest("cardiogenic-shock"), rest("cardiogenic-shock", on)
    assert helped["coronary_flow_mL_min"] > 1.1 * shock["coronary_flow_mL_min"]
    regulated, relieved = rest("heart-failure"), rest("heart-failure", on)
    assert 0.85 < relieved["coronary_flow_mL_min"] / regulated["coronary_flow_mL_min"] < 1.1
