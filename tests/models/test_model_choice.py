"""What the choice of a circulation model refuses, leaves out, and says."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from cext.tables.models import models
from controller.cli.app import app
from controller.config.errors import ConfigError
from controller.config.experiment import load_experiment
from controller.config.fitted import refused_live
from controller.config.metrics import plant_signals
from controller.metrics import Context
from controller.metrics.segment import one_beat

SMALL = "patient.model=simaan-2009"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("iabp.enabled=on", "balloon in the descending aorta"),
        ("rpump.device=impella-rp", "right pump"),
        ("ecmo.enabled=on", "ECMO circuit"),
        ("patient.ar_area_cm2=0.2", "left ventricle, left atrium"),
        ("patient.dobutamine=1", "left ventricle, left atrium"),
        ("patient.blood_volume_delta_mL=-500", "-150 to 150 mL"),
    ],
)
def test_what_it_does_not_have_is_refused_and_named(text, says):
    with pytest.raises(ConfigError) as refused:
        load_experiment(sets=(SMALL, text))
    assert says in str(refused.value) and text.partition("=")[0] in str(refused.value)
    load_experiment(sets=(text,))


def test_every_thing_that_does_not_fit_is_said_at_once():
    with pytest.raises(ConfigError) as refused:
        load_experiment("ecmo-unloading", sets=(SMALL,))
    text = str(refused.value)
    assert "protocol.requires" in text and "ecmo.enabled" in text and "iabp.enabled" in text and "ecmo-unloading.toml:" in text


def test_its_own_defaults_stand_and_people_go_before_them():
    settings = load_experiment(sets=(SMALL,)).settings
    assert settings["patient.hr_bpm"].value == 75.0 and settings["patient.hr_bpm"].origin == "model simaan-2009"
    assert settings["patient.lv_ees_mmHg_mL"].value == 2.0
    assert load_experiment(sets=(SMALL, "patient.hr_bpm=90")).settings["patient.hr_bpm"].value == 90.0
    assert load_experiment().settings["patient.hr_bpm"].value == 72.0


def test_a_patient_is_taken_as_far_as_the_model_goes():
    settings = load_experiment(patient="heart-failure", sets=(SMALL,)).settings
    assert settings["patient.lv_ees_mmHg_mL"].value == 0.9 and settings["patient.svr_scale"].value == 1.3
    assert settings["patient.blood_volume_delta_mL"].value == 0.0
    assert set(settings.left_out) >= {"patient.rv_ees_mmHg_mL", "patient.blood_volume_delta_mL"}
    assert not load_experiment(patient="heart-failure").settings.left_out


def test_a_running_bench_refuses_too():
    state = load_experiment(sets=(SMALL,)).settings.values_by_path
    assert refused_live({}, state, "iabp.enabled", True)[0].endswith("a balloon in the descending aorta")
    assert refused_live({}, state, "patient.svr_scale", 1.5) is None
    assert refused_live({}, state, "iabp.enabled", False) is None


def test_metrics_name_the_model_and_agree_with_what_a_protocol_may_ask():
    """Every metric that the list calls impossible is absent, of frames in which all but the model's absent signals are good."""
    from cext.frame import FRAME_DTYPE
    from cext.tables.metrics import metrics
    from controller.metrics import beat_metrics

    frames = np.zeros(800, dtype=FRAME_DTYPE)
    model = models()["simaan-2009"]
    for name in frames.dtype.names:
        if frames.dtype[name].kind == "f" and frames.dtype[name].shape == ():
            frames[name] = 1.0 + np.arange(800) / 800 if model.has(name) else np.nan
    frames["time.t_s"] = np.arange(800) / 1000
    values = {"patient.model": "simaan-2009", "iabp.enabled": True, "ecmo.enabled": True, "rpump.device": "impella-rp"}
    context = Context.from_settings(values | {"patient.lv_v0_mL": 0.1})
    found = beat_metrics(one_beat(frames, context), context)
    for name in metrics():
        if plant_signals(name):
            assert found.values[name] is None, name
    assert "not in the circulation model simaan-2009" in found.reasons["cvp_mmHg"]
    assert found.values["lap_mean_mmHg"] is not None


def test_the_command_line(tmp_path):
    asked = ["simulate", "--model", "simaan-2009", "--settle-s", "5", "--beats", "3", "--json"]
    result = CliRunner().invoke(app, asked)
    assert result.exit_code == 0, result.output
    shown = json.loads(result.stdout)
    assert shown["model"] == "simaan-2009" and shown["metrics"]["cvp_mmHg"] is None
    assert shown["metrics"]["aop_systolic_mmHg"] == pytest.approx(118.0, abs=1.0)
    wrong = CliRunner().invoke(app, ["simulate", "--model", "simaan"])
    assert wrong.exit_code == 3 and "simaan-2009" in wrong.stderr
    listed = CliRunner().invoke(app, ["list", "models", "--json"])
    assert [row["model"] for row in json.loads(listed.stdout)["models"]] == ["full", "simaan-2009"]
