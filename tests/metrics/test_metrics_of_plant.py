"""Metrics of the virtual patient: what its files promise, and what must hold between metrics of one and the same heart."""

import tomllib
from pathlib import Path

import numpy as np
import pytest

from cext.plant.model import PlantModel
from cext.tables.load import settings, signals
from controller.metrics import Context, Meter, window

PATIENTS = Path(__file__).parents[2] / "configs" / "patients"
DTYPE = np.dtype([(s.path, "f8") for s in signals()])
SETTLE_S, RUN_S = 60.0, 20.0
BREATH_S = 60.0 / 13.5


def frames_of(patient, **also):
    """Frames of a settled patient, structured as the core's."""
    values = {f"patient.{k}": v for k, v in patient.get("set", {}).items()} | {f"patient.{k}": v for k, v in also.items()}
    model = PlantModel(values)
    model.skip(SETTLE_S)
    found = model.run(RUN_S)
    frames = np.zeros(round(RUN_S * 1000), DTYPE)
    for name in DTYPE.names:
        frames[name] = found.get(name.removeprefix("plant."), np.nan) if name.startswith("plant.") else np.nan
    frames["time.t_s"] = SETTLE_S + np.arange(len(frames)) * 1e-3
    context = Context.from_settings({path: row.default for path, row in settings().items()} | values)
    return frames, context


@pytest.fixture(scope="module", params=["healthy", "cardiogenic-shock"])
def patient(request):
    return tomllib.loads((PATIENTS / f"{request.param}.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def measured(patient):
    frames, context = frames_of(patient)
    beats = Meter(context).push(frames)
    return frames, beats, window(beats, breath_s=BREATH_S)


def test_patient_shows_what_its_file_promises(patient, measured):
    values = measured[2].values
    for row in patient["patient"]["must_show"]:
        value = values[row["metric"]]
        assert value is not None, row["metric"]
        assert row.get("low", -np.inf) <= value <= row.get("high", np.inf), (row["metric"], value)


def test_what_leaves_the_ventricle_is_what_its_volume_loses(measured):
    """Stroke volume by volumes and by flows: they differ by the closing volume of the mitral valve at most."""
    for beat in measured[1]:
        v = beat.values
        forward_mL = v["native_co_L_min"] * 1000.0 / v["hr_bpm"] + v["ar_volume_mL"]
        assert v["stroke_volume_mL"] == pytest.approx(forward_mL, abs=v["mr_volume_mL"] + v["ar_volume_mL"] + 0.2)


def test_output_is_what_the_body_gets(measured):
    """Over whole breaths the arteries store nothing."""
    frames, _, means = measured
    part = frames[(frames["time.t_s"] >= means.start_s) & (frames["time.t_s"] < means.start_s + means.duration_s)]
    body = part["plant.systemic_flow_mL_s"].mean() * 0.06
    assert means.values["co_L_min"] == pytest.approx(body, rel=0.02)


def test_work_lies_between_the_rectangles(measured):
    """The loop is smaller than peak pressure x stroke volume and larger than half of it."""
    for beat in measured[1]:
        v = beat.values
        rectangle = (v["lvp_peak_mmHg"] - 0.0) * v["stroke_volume_mL"]
        assert 0.5 * rectangle < v["stroke_work_mmHg_mL"] < rectangle


def test_elastance_found_is_elastance_set(patient):
    """Without the fall of pressure with outflow, the septum and what changes contractility, the loop touches the line that is set."""
    frames, context = frames_of(patient, lv_source_s_mL=0.0, baroreflex=False, coronary_regulation=False, septum_rv_to_lv=0.0)
    found = window(Meter(context).push(frames)).values["ees_mmHg_mL"]
    set_to = patient.get("set", {}).get("lv_ees_mmHg_mL", settings()["patient.lv_ees_mmHg_mL"].default)
    assert found == pytest.approx(set_to, rel=0.01)


def test_absent_on_purpose_only(measured):
    """A patient without a device lacks the metrics of devices and no others."""
    absent = {name for name, value in measured[2].values.items() if value is None}
    assert absent == {
        "aop_augmented_mmHg", "aop_end_diastolic_assisted_mmHg", "pump_flow_L_min", "pulsatility", "device_share_pct",
        "suction_pct", "iabp_inflation_error_ms", "iabp_deflation_error_ms", "rpump_flow_L_min", "ecmo_flow_L_min",
    }  # fmt: skip
