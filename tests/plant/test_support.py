"""Right pump and ECMO in the patient: what they carry, what they do to the heart, and what happens when they stop."""

import tomllib
from pathlib import Path

import numpy as np
import pytest

from cext.plant.model import PlantModel

CONFIGS = Path(__file__).parents[2] / "configs"


def device(name):
    return tomllib.loads((CONFIGS / "devices" / f"{name}.toml").read_text())


def patient(name, **also):
    values = tomllib.loads((CONFIGS / "patients" / f"{name}.toml").read_text())["set"] | also
    return {f"patient.{k}": v for k, v in (values | {"sdnn_ms": 0.0, "breathing": "off"}).items()}


def settled(settings, seconds=90.0, pump=None, right=None, **driven):
    model = PlantModel(settings, pump=pump, rpump=right)
    model.skip(seconds, **driven)
    out = model.run(12.0, **driven)
    edges = np.flatnonzero(np.diff(out["beat"]) > 0) + 1
    whole = slice(edges[0], edges[-1])
    names = {"lap": "lap_mmHg", "map": "aop_mmHg", "cvp": "cvp_mmHg", "lvv": "lvv_mL", "ecmo": "ecmo_flow_mL_s", "rp": "rpump_flow_mL_s",
             "pump": "pump_flow_mL_s", "av": "av_flow_mL_s", "body": "systemic_flow_mL_s", "drain": "ecmo_drain_mmHg"}  # fmt: skip
    m = {k: out[n][whole].mean() for k, n in names.items()}
    m |= {k: 0.06 * m[k] for k in ("ecmo", "rp", "pump", "av", "body")}
    return m | {"out": out}


ECMO = {"ecmo_enable": 1.0}


def test_ecmo_raises_filling_pressure_by_one_to_three_per_litre():
    low, high = (settled(patient("cardiogenic-shock"), ecmo_speed_rpm=n, **ECMO) for n in (2700.0, 3300.0))
    gained = high["ecmo"] - low["ecmo"]
    assert gained > 0.8
    assert 1.0 <= (high["lap"] - low["lap"]) / gained <= 3.0
    assert high["map"] > low["map"] and high["cvp"] < low["cvp"] and high["av"] < low["av"]


def test_ecmo_lies_on_its_pump_and_circuit():
    """Steady flow solves 27 n2 - 3 n Q - losses = P_artery - P_vein."""
    m = settled(patient("cardiogenic-shock"), ecmo_speed_rpm=3000.0, **ECMO)
    q, n = m["ecmo"], 3.0
    head = m["out"]["abp_mmHg"].mean() - m["out"]["cvp_mmHg"].mean()
    assert 27 * n**2 - 3 * n * q - (6 + 1.2) * q * q - (3 + 2 + 11) * q == pytest.approx(head, abs=1.5)


def test_an_open_circuit_with_a_stopped_pump_runs_backward_and_a_clamp_holds_it():
    assert -4.0 < settled(patient("cardiogenic-shock"), ecmo_speed_rpm=0.0, **ECMO)["ecmo"] < -1.0
    assert settled(patient("cardiogenic-shock"), ecmo_speed_rpm=4000.0)["ecmo"] == 0.0


def test_too_much_speed_in_an_empty_patient_chatters():
    settings = patient("sepsis", blood_volume_delta_mL=-800.0)
    m = settled(settings, ecmo_speed_rpm=5000.0, **ECMO)
    calm = settled(patient("sepsis"), ecmo_speed_rpm=2500.0, **ECMO)
    assert m["out"]["ecmo_drain_mmHg"].min() < -80.0
    assert np.ptp(m["out"]["ecmo_flow_mL_s"]) > 3.0 * np.ptp(calm["out"]["ecmo_flow_mL_s"])


def test_a_clotted_oxygenator_takes_flow():
    settings = patient("cardiogenic-shock")
    clean = settled(settings, ecmo_speed_rpm=3000.0, **ECMO)
    clotted = settled(settings | {"ecmo.oxygenator_clot": 0.5}, ecmo_speed_rpm=3000.0, **ECMO)
    assert clotted["ecmo"] < 0.7 * clean["ecmo"]


def test_a_pump_across_the_valve_unloads_what_ecmo_loads():
    settings, ecmo = patient("cardiogenic-shock"), ECMO | {"ecmo_speed_rpm": 3300.0}
    alone = settled(settings, **ecmo)
    vented = settled(settings, pump=device("impella-cp"), pump_speed_rpm=46_000.0, pump_enable=1.0, **ecmo)
    assert vented["lap"] < alone["lap"] - 2.0 and vented["lvv"] < alone["lvv"]
    assert vented["av"] == pytest.approx(0.0, abs=0.05)  # the valve stays shut, and nothing breaks


def test_right_pump_relieves_the_right_and_loads_the_left():
    settings, rp = patient("rv-failure"), {"rpump_speed_rpm": 33_000.0, "rpump_enable": 1.0}
    off, on = PlantModel(settings), settled(settings, right=device("impella-rp"), **rp)
    off.skip(90.0)
    before = off.run(12.0)
    assert on["rp"] > 4.0
    assert on["cvp"] < before["cvp_mmHg"].mean() - 1.0 and on["lap"] > before["lap_mmHg"].mean() + 0.5
    assert on["body"] > 0.06 * before["systemic_flow_mL_s"].mean() + 0.4


@pytest.mark.parametrize("position", ["in-ventricle", "in-aorta"])
def test_a_pump_beside_the_valve_carries_nothing_and_its_current_is_flat(position):
    turning = {"pump_speed_rpm": 44_000.0, "pump_enable": 1.0}
    across = settled(patient("cardiogenic-shock"), pump=device("impella-cp"), **turning)
    model = PlantModel(patient("cardiogenic-shock") | {"pump.position": position}, pump=device("impella-cp"))
    model.skip(20.0, **turning)
    beside = model.run(10.0, **turning)
    assert across["pump"] > 3.0 and not beside["pump_flow_mL_s"].any()
    assert np.ptp(beside["pump_current_A"]) < 0.02 * np.ptp(across["out"]["pump_current_A"])


@pytest.mark.parametrize("name", ["heartmate-3", "simaan", "impella-5.0"])
def test_full_support_shuts_the_valve_and_stays_true(name):
    pump = device(name)
    m = settled(patient("cardiogenic-shock"), pump=pump, pump_speed_rpm=pump["levels_rpm"]["P-6"], pump_enable=1.0)
    assert m["pump"] > 3.5 and m["pump"] + m["av"] == pytest.approx(m["body"], rel=0.02)
    assert m["lap"] < 18.0


def test_absurd_but_legal_runs_without_nan():
    settings = patient("cardiogenic-shock", lv_ees_mmHg_mL=0.05, rv_ees_mmHg_mL=0.05)
    model = PlantModel(settings, pump=device("impella-cp"), rpump=device("impella-rp"))
    for driven in ({}, ECMO, ECMO | {"ecmo_speed_rpm": 5000.0}, {"rpump_speed_rpm": 33_000.0, "rpump_enable": 1.0}):
        out = model.run(20.0, **driven)
        assert all(np.isfinite(x).all() for x in out.values()) and out["v"].min() >= 0.0
