"""Blood is neither made nor lost, and no compartment ever holds less than none, whatever the patient."""

import tomllib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cext.plant.model import COMPARTMENT_NAMES, PlantModel
from cext.tables import load

CONFIGS = Path(__file__).parents[2] / "configs"
BALLOON = tomllib.loads((CONFIGS / "devices" / "iabp-40.toml").read_text())
PUMP = tomllib.loads((CONFIGS / "devices" / "impella-cp.toml").read_text())
EVENTFUL = {"patient.rhythm": "pvc", "patient.ar_area_cm2": 0.1, "patient.mr_area_cm2": 0.2}


def test_an_hour_keeps_every_drop():
    model = PlantModel(EVENTFUL, balloon=BALLOON, pump=PUMP)
    before = sum(model.volumes_mL.values())
    for i in range(360):  # ten seconds each, so that valves and speeds change too
        model.skip(10.0, valve_pressure=i % 2, valve_vacuum=1 - i % 2, pump_speed_rpm=46_000.0 * (i % 3) / 2, pump_enable=1.0)
    assert abs(sum(model.volumes_mL.values()) - before) < 1e-6


def test_given_blood_arrives_at_its_rate_and_in_full():
    model = PlantModel({"patient.blood_volume_delta_mL": 100.0})
    before = sum(model.volumes_mL.values())
    assert before == pytest.approx(4180.0 + 100.0, abs=1e-9)
    model.set({"patient.blood_volume_delta_mL": 600.0})
    volume = model.run(12.0)["blood_volume_mL"]
    assert np.diff(volume).max() <= 50.0e-3 + 1e-9  # 50 mL/s
    assert volume[4999] == pytest.approx(before + 250.0, abs=0.1)
    assert volume[-1] == pytest.approx(before + 500.0, abs=1e-6)
    model.set({"patient.blood_volume_delta_mL": -400.0})
    assert model.run(25.0)["blood_volume_mL"][-1] == pytest.approx(before - 500.0, abs=1e-6)


def test_a_changed_setting_moves_no_volume():
    model = PlantModel(pump=PUMP)
    model.skip(3.3)
    before = model.volumes_mL
    model.set({"patient.aa_compliance_mL_mmHg": 0.2, "patient.lv_ees_mmHg_mL": 0.8, "patient.sv_unstressed_mL": 2700.0})
    assert model.volumes_mL == before


# Any patient that the settings allow, within what one heart could be: every number of the model at once.
NUMBERS = {
    path: row
    for path, row in load.settings().items()
    if path.startswith("patient.") and row.kind == "float" and path != "patient.bsa_m2"
}


@st.composite
def patients(draw):
    chosen = draw(st.lists(st.sampled_from(sorted(NUMBERS)), max_size=12, unique=True))
    drawn = {path: draw(st.floats(NUMBERS[path].low, NUMBERS[path].high)) for path in chosen}
    for word in ("rhythm", "breathing"):
        drawn[f"patient.{word}"] = draw(st.sampled_from(load.settings()[f"patient.{word}"].choices))
    return drawn


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(patients(), st.lists(st.tuples(st.booleans(), st.sampled_from([0.0, 31_000.0, 46_000.0])), min_size=1, max_size=6))
def test_no_compartment_is_ever_negative(patient, commands):
    model = PlantModel(patient, balloon=BALLOON, pump=PUMP)
    total = sum(model.volumes_mL.values())
    for inflate, rpm in commands:
        out = model.run(0.4, valve_pressure=inflate, valve_vacuum=not inflate, pump_speed_rpm=rpm, pump_enable=1.0)
        lowest = out["v"].min(axis=0)
        worst = int(np.argmin(lowest))
        assert lowest[worst] >= 0.0, f"{COMPARTMENT_NAMES[worst]} holds {lowest[worst]:.3g} mL with {patient}"
        assert np.isfinite(out["v"]).all() and np.isfinite(out["q"]).all()
        assert all(np.isfinite(x).all() for x in out.values())
    assert sum(model.volumes_mL.values()) == pytest.approx(total, abs=1e-6)


def test_a_patient_bled_with_a_pump_at_full_speed_collapses_but_holds_no_less_than_nothing():
    model = PlantModel({"patient.blood_volume_mL": 2500.0, "patient.svr_scale": 3.0}, balloon=BALLOON, pump=PUMP)
    out = model.run(60.0, pump_speed_rpm=46_000.0, pump_enable=1.0, valve_pressure=1.0)
    assert out["v"].min() >= 0.0
    assert out["suction"].max() == 1.0
    assert np.ptp(out["blood_volume_mL"]) < 1e-6
