"""Every device in every patient: finite, nothing runs dry, the right sign; one steady state whatever the start."""

from pathlib import Path

import numpy as np
import pytest

from cext.plant.model import PlantModel

CONFIGS = Path(__file__).parents[2] / "configs"
PATIENTS = sorted(p.stem for p in (CONFIGS / "patients").glob("*.toml"))
LEFT = ("impella-2.5", "impella-cp", "impella-5.0", "impella-ld", "heartmate-3", "simaan")


def means(model, seconds=10.0, **driven):
    out = model.run(seconds, **driven)
    assert all(np.isfinite(x).all() for x in out.values()) and out["v"].min() >= 0.0
    found = {"map": "aop_mmHg", "lap": "lap_mmHg", "cvp": "cvp_mmHg", "body": "systemic_flow_mL_s", "av": "av_flow_mL_s"}
    onsets = np.flatnonzero(np.diff(out["beat"]) > 0) + 1
    beats = slice(onsets[0], onsets[-1])  # whole ones
    return {key: out[name][beats].mean() for key, name in found.items()} | {"edv": out["lvv_mL"][beats].max()}


def with_device(device, settings, name, seconds=60.0):
    """The model with a device at work, and what drives it."""
    if name in LEFT:
        pump = device(name)
        model, driven = PlantModel(settings, pump=pump), {"pump_speed_rpm": pump["levels_rpm"]["P-5"], "pump_enable": 1.0}
    elif name == "impella-rp":
        pump = device(name)
        model, driven = PlantModel(settings, rpump=pump), {"rpump_speed_rpm": pump["levels_rpm"]["P-7"], "rpump_enable": 1.0}
    else:
        central = {"ecmo.return": "central"} if name == "ecmo-central" else {}
        model, driven = PlantModel(settings | central), {"ecmo_speed_rpm": 3000.0, "ecmo_enable": 1.0}
    model.skip(seconds, **driven)
    return model, driven


@pytest.mark.parametrize("name", PATIENTS)
def test_every_device_has_its_sign_in_every_patient(name, device, patient):
    settings = patient(name)
    alone = PlantModel(settings)
    alone.skip(60.0)
    before = means(alone)
    for fitted in (*LEFT, "impella-rp", "ecmo-femoral", "ecmo-central"):
        model, driven = with_device(device, settings, fitted)
        after = means(model, **driven)
        words = f"{fitted} in {name}: {before} -> {after}"
        if fitted in LEFT:  # takes from the left ventricle what it gives to the aorta
            assert after["lap"] < before["lap"] and after["edv"] < before["edv"], words
            assert after["map"] > 0.98 * before["map"] and after["body"] > 0.98 * before["body"], words
        elif fitted == "impella-rp":
            assert after["cvp"] < before["cvp"] and after["lap"] > before["lap"], words
        else:
            assert after["map"] > before["map"] and after["cvp"] < before["cvp"] and after["av"] < before["av"], words


@pytest.mark.parametrize("balloon", ["iabp-30", "iabp-34", "iabp-40", "iabp-50"])
def test_every_balloon_runs_in_every_patient_against_his_own_rhythm(balloon, device, patient):
    """Asynchronous, which is the worst that it can do."""
    inflated = (np.arange(10_000) % 750 < 300).astype(float)
    for name in PATIENTS:
        model = PlantModel(patient(name), balloon=device(balloon))
        out = model.run(10.0, valve_pressure=inflated, valve_vacuum=1.0 - inflated)
        assert all(np.isfinite(x).all() for x in out.values()) and out["v"].min() >= 0.0, name
        assert out["balloon_mL"].max() < 1.1 * device(balloon)["balloon"]["nominal_mL"], name


@pytest.mark.parametrize("name", PATIENTS)
@pytest.mark.parametrize("fitted", ["impella-cp", "impella-rp", "ecmo-femoral"])
def test_with_a_device_he_ends_where_he_ends_whatever_he_started_with(name, fitted, device, patient):
    settings = patient(name)
    straight, driven = with_device(device, settings, fitted, 400.0)
    volume = settings.get("patient.blood_volume_delta_mL", 0.0)
    ends = [means(straight, 20.0, **driven)]
    for other in (-300.0, 300.0):
        model, _ = with_device(device, settings | {"patient.blood_volume_delta_mL": volume + other}, fitted, 30.0)
        model.set({"patient.blood_volume_delta_mL": volume})
        model.skip(500.0, **driven)
        ends.append(means(model, 20.0, **driven))
    for key in ("map", "body", "lap", "cvp"):
        assert [one[key] for one in ends] == pytest.approx([ends[0][key]] * 3, rel=0.01, abs=0.1), (key, ends)
