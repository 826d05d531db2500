"""What a circulation model has to show whichever it is: the same door, blood kept, one steady state, true directions, a pump."""

import numpy as np
import pytest

from cext.tables.models import models
from controller.config.experiment import load_experiment
from controller.metrics import Context, Meter
from controller.session.assemble import assemble
from controller.simulation import settle

MODELS = ("full", "simaan-2009")
pytestmark = pytest.mark.parametrize("model", MODELS)


def shown(out):
    edges = np.flatnonzero(np.diff(out["beat"]) > 0) + 1
    part = slice(edges[0], edges[-1])
    return {
        "map": out["aop_mmHg"][part].mean(),
        "co": 0.06 * (out["av_flow_mL_s"] + out["pump_flow_mL_s"])[part].mean(),
        "lap": out["lap_mmHg"][part].mean(),
        "edv": out["lvv_mL"][part].max(),
        "esv": out["lvv_mL"][part].min(),
    }


def test_every_signal_of_its_row_is_a_number_and_no_other(plant, model):
    out = plant(model, "impella-cp").run(2.0, pump_speed_rpm=30000.0, pump_enable=1.0)
    row = models()[model]
    for name, values in out.items():
        if name in ("t_s", "ecg_mV", "v", "q", "pump_current_A") or name.startswith(("line_", "drive_")):
            continue
        assert np.isfinite(values).all() == row.has(f"plant.{name}"), name
        assert not np.isfinite(values).any() or row.has(f"plant.{name}"), name


def test_blood_is_kept(plant, model):
    of = plant(model, "impella-cp", lv_ees_mmHg_mL=0.8)
    volume = of.run(60.0, pump_speed_rpm=40000.0, pump_enable=1.0)["blood_volume_mL"]
    assert np.ptp(volume) < 1e-8
    of.set({"patient.blood_volume_delta_mL": -100.0})
    after = of.run(10.0, pump_speed_rpm=40000.0, pump_enable=1.0)["blood_volume_mL"]
    assert after[-1] - volume[-1] == pytest.approx(-100.0, abs=1e-7)


def test_it_comes_back_to_one_steady_state(plant, model):
    of = plant(model, baroreflex=False)
    before = shown(of.run(10.0))
    of.set({"patient.svr_scale": 2.0, "patient.lv_ees_mmHg_mL": 0.7, "patient.blood_volume_delta_mL": -120.0})
    of.skip(30.0)
    away = shown(of.run(10.0))
    assert abs(away["map"] - before["map"]) > 3.0 and abs(away["edv"] - before["edv"]) > 3.0
    of.set({"patient.svr_scale": 1.0, "patient.blood_volume_delta_mL": 0.0})
    of.set({"patient.lv_ees_mmHg_mL": models()[model].default("patient.lv_ees_mmHg_mL")})
    of.skip(120.0)
    for name, value in shown(of.run(10.0)).items():
        assert value == pytest.approx(before[name], rel=2e-3), name


@pytest.mark.parametrize(
    ("change", "answer"),
    [
        ({"lv_ees_mmHg_mL": 0.8}, {"map": -1, "co": -1, "lap": 1, "edv": 1, "esv": 1}),
        ({"svr_scale": 1.5}, {"map": 1, "co": -1, "esv": 1}),
        ({"blood_volume_delta_mL": -100.0}, {"map": -1, "co": -1, "lap": -1, "edv": -1}),
        ({"hr_bpm": 100.0}, {"edv": -1}),
    ],
)
def test_it_answers_in_the_right_direction(plant, model, change, answer):
    before, after = shown(plant(model, baroreflex=False).run(10.0)), shown(plant(model, baroreflex=False, **change).run(10.0))
    for name, sign in answer.items():
        assert sign * (after[name] - before[name]) > 0.005 * before[name], (name, before[name], after[name])


@pytest.mark.parametrize("pump", ["simaan", "simaan-b", "heartmate-3", "impella-cp", "impella-5.0"])
def test_every_left_pump_unloads_a_weak_ventricle(plant, model, pump):
    rpm = {"simaan": 9500.0, "simaan-b": 9500.0, "heartmate-3": 5400.0, "impella-cp": 44000.0, "impella-5.0": 30000.0}[pump]
    before = shown(plant(model, lv_ees_mmHg_mL=0.8).run(10.0))
    of = plant(model, pump, lv_ees_mmHg_mL=0.8)
    of.skip(60.0, pump_speed_rpm=rpm, pump_enable=1.0)
    out = of.run(10.0, pump_speed_rpm=rpm, pump_enable=1.0)
    after = shown(out)
    assert 2.0 < 0.06 * out["pump_flow_mL_s"].mean() < 7.0
    assert after["co"] > before["co"] + 0.2 and after["edv"] < before["edv"] - 2.0 and after["lap"] < before["lap"]


def test_nothing_pumps_and_nothing_is_lost(plant, model):
    still = {f"{chamber}_ees_mmHg_mL": 0.0 for chamber in ("lv", "rv", "la", "ra")}
    out = plant(model, "simaan", **(still if model == "full" else {"lv_ees_mmHg_mL": 0.0})).run(30.0)
    assert np.isfinite(out["lvp_mmHg"]).all() and np.isfinite(out["aop_mmHg"]).all()
    assert abs(0.06 * out["systemic_flow_mL_s"][-5000:].mean()) < 0.3


@pytest.mark.parametrize("rhythm", ["af", "pvc", "asystole", "vf"])
def test_any_rhythm(plant, model, rhythm):
    out = plant(model, rhythm=rhythm).run(20.0)
    assert np.isfinite(out["lvp_mmHg"]).all() and np.isfinite(out["ecg_mV"]).all()
    assert out["beat"][-1] > 15 if rhythm in ("af", "pvc") else out["beat"][-1] <= 1


def test_a_protocol_of_a_pump_passes_its_check(model):
    load_experiment("impella-ramp", sets=(f"patient.model={model}",))


def test_simulate_and_the_live_metrics_are_the_same_numbers(model):
    sets = (f"patient.model={model}", "patient.lv_ees_mmHg_mL=1.0", "pump.device=simaan", "pump.level=P-4")
    experiment = load_experiment(sets=sets)
    found = settle(experiment, settle_s=10.0, beats=6, frames_s=8.0)
    assert found.as_dict()["model"] == model and not found.tripped
    assert 3.0 < found.window.values["pump_flow_L_min"] < 6.0
    context = Context.from_settings(found.values)
    offline = Meter(context).push(found.frames)[-1]
    live = found.beats[-1]
    assert offline.number == live.number
    for name in ("map_mmHg", "co_L_min", "stroke_work_mmHg_mL", "potential_energy_mmHg_mL", "tau_ms"):
        assert offline.values[name] == pytest.approx(live.values[name], rel=1e-12), name


def test_a_session_offers_what_the_model_carries(model):
    session = assemble(load_experiment(sets=(f"patient.model={model}",)))
    try:
        assert ("iabp" in session.offers) == (model == "full") and "impella" in session.offers
    finally:
        session.close()
