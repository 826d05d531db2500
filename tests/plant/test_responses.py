"""How the patient answers: normal ranges, and the direction and size of what a change does."""

import tomllib
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from cext.plant.model import PlantModel

CONFIGS = Path(__file__).parents[2] / "configs"
STILL = {"patient.sdnn_ms": 0.0, "patient.breathing": "off"}


def patient(name):
    return {f"patient.{k}": v for k, v in tomllib.loads((CONFIGS / "patients" / f"{name}.toml").read_text())["set"].items()}


def metrics(settings=None, seconds=20.0, **run):
    """Means over whole beats of a settled patient, in the names of the metrics table."""
    model = PlantModel(STILL | (settings or {}))
    return measure(model.run(seconds, **run))


def measure(out):
    edges = np.flatnonzero(np.diff(out["beat"]) > 0) + 1
    beats = slice(edges[0], edges[-1])
    lvp, aop, lvv = out["lvp_mmHg"][beats], out["aop_mmHg"][beats], out["lvv_mL"][beats]
    hr = 60e3 * (len(edges) - 1) / (edges[-1] - edges[0])
    pap = out["pap_mmHg"][beats]
    m = {
        "hr_bpm": hr,
        "aop_systolic_mmHg": aop.max(),
        "aop_diastolic_mmHg": aop.min(),
        "map_mmHg": aop.mean(),
        "co_L_min": 0.06 * out["systemic_flow_mL_s"][beats].mean(),
        "native_co_L_min": 0.06 * out["av_flow_mL_s"][beats].mean(),
        "lvedv_mL": lvv.max(),
        "lvesv_mL": lvv.min(),
        "lvedp_mmHg": out["lvp_mmHg"][edges].mean(),
        "lap_mean_mmHg": out["lap_mmHg"][beats].mean(),
        "cvp_mmHg": out["cvp_mmHg"][beats].mean(),
        "rvp_systolic_mmHg": out["rvp_mmHg"][beats].max(),
        "rvedp_mmHg": out["rvp_mmHg"][edges].mean(),
        "pap_systolic_mmHg": pap.max(),
        "pap_diastolic_mmHg": pap.min(),
        "pap_mean_mmHg": pap.mean(),
        "lv_dpdt_max_mmHg_s": 1e3 * np.diff(lvp).max(),
        "coronary_mL_min": 60 * out["coronary_flow_mL_s"][beats].mean(),
    }
    m["stroke_volume_mL"] = 1e3 * m["native_co_L_min"] / hr
    m["lv_ejection_fraction_pct"] = 100 * (m["lvedv_mL"] - m["lvesv_mL"]) / m["lvedv_mL"]
    m["cardiac_index_L_min_m2"] = m["co_L_min"] / 1.85
    m["svr_dyn_s_cm5"] = 80 * (m["map_mmHg"] - m["cvp_mmHg"]) / m["co_L_min"]
    m["pvr_dyn_s_cm5"] = 80 * (m["pap_mean_mmHg"] - m["lap_mean_mmHg"]) / m["co_L_min"]
    m["cpo_W"] = m["map_mmHg"] * m["co_L_min"] / 451
    return m


@pytest.mark.parametrize("name", ["healthy", "cardiogenic-shock"])
@pytest.mark.parametrize("breathing", ["off", "spontaneous"])
def test_a_patient_shows_what_his_file_says(name, breathing):
    m = metrics(patient(name) | {"patient.breathing": breathing}, seconds=40.0)
    for row in tomllib.loads((CONFIGS / "patients" / f"{name}.toml").read_text())["patient"]["must_show"]:
        value = m[row["metric"]]
        assert row["low"] <= value <= row["high"], f"{row['metric']} = {value:.2f}, limits {row['low']} to {row['high']}"


def test_the_healthy_ventricles_and_coronaries_are_normal():
    m = metrics()
    assert 15 <= m["rvp_systolic_mmHg"] <= 30 and 2 <= m["rvedp_mmHg"] <= 8
    assert 225 <= m["coronary_mL_min"] <= 250
    assert 4.0 <= m["coronary_mL_min"] / m["co_L_min"] / 10 <= 5.0  # % of cardiac output


@pytest.mark.parametrize("name", ["healthy", "cardiogenic-shock", "aortic-regurgitation"])
def test_a_weaker_ventricle_never_pumps_more(name):
    """Down to no contractility at all, where it does not pump: activated muscle adds to the wall, it never takes from it."""
    settings = patient(name) | {"patient.baroreflex": False, "patient.coronary_regulation": False}
    outputs = []
    for e_es in (0.8, 0.4, 0.2, 0.1, 0.05, 0.02, 0.0):
        both = {"patient.lv_ees_mmHg_mL": e_es, "patient.rv_ees_mmHg_mL": min(e_es, 0.4)}
        outputs.append(0.06 * PlantModel(STILL | settings | both).run(20.0)["av_flow_mL_s"].mean())
    assert all(weak < strong + 1e-4 for strong, weak in pairwise(outputs)), outputs  # 0.1 mL/min
    assert outputs[0] > 1.5 and abs(outputs[-1]) < 0.3, outputs


def test_no_contractility_and_a_stopped_pump_run_without_a_gap():
    pump = tomllib.loads((CONFIGS / "devices" / "impella-cp.toml").read_text())
    still = {f"patient.{c}_ees_mmHg_mL": 0.0 for c in ("lv", "rv", "la", "ra")}
    out = PlantModel(STILL | patient("cardiogenic-shock") | still, pump=pump).run(60.0)
    assert all(np.isfinite(x).all() for x in out.values())
    assert out["aop_mmHg"][-1000:].mean() - out["cvp_mmHg"][-1000:].mean() < 3.0  # nothing pumps: the pressures meet
    assert out["v"].min() >= 0.0


def test_preload_sensitivity_is_that_of_a_human_heart():
    """Of the heart itself: a reflex answers the change of pressure with rate and strength, and hides it."""
    less, more = (metrics({"patient.blood_volume_delta_mL": x, "patient.baroreflex": False}) for x in (-400.0, 400.0))
    gain = more["co_L_min"] - less["co_L_min"]
    for filling in ("lap_mean_mmHg", "lvedp_mmHg"):
        sensitivity = gain / (more[filling] - less[filling])
        assert 0.18 <= sensitivity <= 0.24, f"{sensitivity:.3f} L/min per mmHg of {filling}, 0.21 +- 0.03"


CHANGES = [  # what is changed, then the direction of each answer
    ({"patient.blood_volume_delta_mL": 400.0}, {"co_L_min": 1, "lap_mean_mmHg": 1, "cvp_mmHg": 1, "map_mmHg": 1}),
    ({"patient.svr_scale": 1.4}, {"co_L_min": -1, "map_mmHg": 1, "lvesv_mL": 1, "stroke_volume_mL": -1, "lap_mean_mmHg": 1}),
    ({"patient.lv_ees_mmHg_mL": 1.3}, {"co_L_min": -1, "map_mmHg": -1, "lv_ejection_fraction_pct": -1, "lap_mean_mmHg": 1,
                                       "lv_dpdt_max_mmHg_s": -1, "lvesv_mL": 1}),
    ({"patient.hr_bpm": 100.0}, {"stroke_volume_mL": -1, "co_L_min": 1, "lvedv_mL": -1, "aop_diastolic_mmHg": 1}),
    ({"patient.pvr_scale": 3.0}, {"pap_mean_mmHg": 1, "cvp_mmHg": 1, "co_L_min": -1, "lap_mean_mmHg": -1}),
    ({"patient.rv_ees_mmHg_mL": 0.25}, {"cvp_mmHg": 1, "co_L_min": -1, "lap_mean_mmHg": -1, "pap_mean_mmHg": -1}),
    ({"patient.as_area_cm2": 0.7}, {"map_mmHg": -1, "lvesv_mL": 1, "stroke_volume_mL": -1}),
    ({"patient.ar_area_cm2": 0.3}, {"aop_diastolic_mmHg": -1, "lvedv_mL": 1, "co_L_min": -1, "lap_mean_mmHg": 1}),
    ({"patient.mr_area_cm2": 0.4}, {"lap_mean_mmHg": 1, "co_L_min": -1, "lv_ejection_fraction_pct": 1}),
]  # fmt: skip


@pytest.mark.parametrize(("change", "answers"), CHANGES, ids=[next(iter(c[0])) for c in CHANGES])
def test_an_answer_has_the_right_direction(change, answers):
    before, after = metrics(), metrics(change)
    for name, sign in answers.items():
        moved = sign * (after[name] - before[name])
        assert moved > 0.005 * abs(before[name]), f"{name}: {before[name]:.2f} -> {after[name]:.2f}"


@pytest.mark.parametrize("rhythm", ["asystole", "vf"])
def test_without_beats_the_pressures_meet(rhythm):
    out = PlantModel(STILL | {"patient.rhythm": rhythm}).run(60.0)
    assert out["beat"][-1] <= 1.0  # the one that was on its way
    assert out["systemic_flow_mL_s"][-1000:].mean() < 0.02 * 90.0
    assert abs(out["aop_mmHg"][-1] - out["cvp_mmHg"][-1]) < 3.0


def test_a_run_starts_where_it_stays():
    """Beats 2 to 4 against those a minute later, in both patients."""
    for name in ("healthy", "cardiogenic-shock"):
        model = PlantModel(STILL | patient(name))
        first = measure(model.run(4.0))
        model.skip(60.0)
        later = measure(model.run(4.0))
        for key in ("map_mmHg", "co_L_min", "lap_mean_mmHg", "lvedv_mL", "cvp_mmHg"):
            assert first[key] == pytest.approx(later[key], rel=5e-3), key


def test_fibrillation_is_irregular_and_loses_the_atrial_kick():
    out = PlantModel(STILL | {"patient.rhythm": "af"}).run(120.0)
    rr = out["rr_s"][np.flatnonzero(np.diff(out["beat"]) > 0) + 1][1:]
    assert 0.15 <= rr.std() / rr.mean() <= 0.25 and rr.min() >= 0.35 and rr.max() <= 1.6
    assert measure(out)["co_L_min"] < metrics()["co_L_min"]


def test_premature_beats_come_early_and_are_paid_for_with_a_pause():
    out = PlantModel(STILL | {"patient.rhythm": "pvc", "patient.baroreflex": False}).run(120.0)
    rr = out["rr_s"][np.flatnonzero(np.diff(out["beat"]) > 0) + 1][1:] * 72.0 / 60.0
    early = np.flatnonzero(rr < 0.9)
    assert len(early) >= 10 and (rr[early] >= 0.5 - 2e-3).all() and (rr[early] <= 0.65 + 2e-3).all()
    pauses = rr[early[early + 1 < len(rr)] + 1]
    assert pauses == pytest.approx(2.0 - rr[early[: len(pauses)]], abs=5e-3)


def test_sinus_rhythm_varies_by_its_sdnn_and_the_same_seed_gives_the_same_bits():
    a, b, c = (PlantModel({"patient.sdnn_ms": 40.0}, seed=s).run(300.0) for s in (4, 4, 5))
    rr = a["rr_s"][np.flatnonzero(np.diff(a["beat"]) > 0) + 1][1:]
    assert rr.std() == pytest.approx(0.040, rel=0.15) and rr.mean() == pytest.approx(60 / 72, rel=0.01)
    for name in a:
        assert a[name].tobytes() == b[name].tobytes(), name
    assert not np.array_equal(a["lvp_mmHg"], c["lvp_mmHg"])


def test_the_ecg_has_its_r_peak_before_the_ventricle_by_the_electromechanical_delay():
    out = PlantModel(STILL | {"patient.electromechanical_delay_ms": 40.0}).run(10.0)
    onsets = np.flatnonzero(np.diff(out["beat"]) > 0) + 1
    for onset in onsets[1:]:
        window = out["ecg_mV"][onset - 300 : onset + 300]
        assert abs(int(np.argmax(window)) - 300 + 40) <= 1
        assert 0.9 < window.max() < 1.1
    # One P, one R, one T: three humps above 0.08 mV a beat.
    beat = out["ecg_mV"][onsets[2] : onsets[3]]
    assert np.sum((beat[1:] > 0.08) & (beat[:-1] <= 0.08)) == 3


def test_breathing_moves_the_chest_and_the_ventilator_presses():
    quiet, spontaneous, ventilated = (
        PlantModel({"patient.sdnn_ms": 0.0, "patient.breathing": b}).run(30.0)["intrathoracic_mmHg"]
        for b in ("off", "spontaneous", "ventilated")
    )
    assert np.ptp(quiet) == 0.0 and quiet[0] == -3.5
    assert spontaneous.min() == pytest.approx(-5.0, abs=0.02) and spontaneous.max() == pytest.approx(-2.0, abs=0.02)
    assert ventilated.min() == pytest.approx(3.0, abs=0.05) and ventilated.max() == pytest.approx(8.0, abs=0.05)
