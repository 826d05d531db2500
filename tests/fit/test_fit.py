"""`mockloop fit` finds a patient again from nothing but what he shows."""

import json
import tomllib

import pytest
from typer.testing import CliRunner

from controller import exit_codes
from controller.cli.app import app
from controller.config.errors import ConfigError
from controller.config.experiment import load_experiment
from controller.config.load import load
from controller.config.targets import Targets
from controller.fit import fit
from controller.fit.at_rest import metrics_at_rest
from controller.fit.patient_file import text_of

TRUTH = {
    "patient.lv_ees_mmHg_mL": 1.3,
    "patient.lv_edpvr_b_per_mL": 0.015,
    "patient.svr_scale": 1.25,
    "patient.blood_volume_delta_mL": 350.0,
}
METRICS = ("map_mmHg", "co_L_min", "lap_mean_mmHg", "lvedv_mL", "lv_ejection_fraction_pct", "cvp_mmHg")


@pytest.fixture
def table(tmp_path):
    def write(shown, parameters=tuple(TRUTH), within=0.02, extra=""):
        rows = [
            f'[[target]]\nmetric = "{name}"\nvalue = {value}\nwithin = {within * abs(value)}\nsource = "known"\n'
            for name, value in shown.items()
        ]
        names = json.dumps(list(parameters))
        head = f'[fit]\nname = "found"\ntitle = "Found again"\nparameters = {names}\n{extra}\n'
        path = tmp_path / "targets.toml"
        path.write_text(head + "\n".join(rows))
        return str(path)

    return write


@pytest.fixture(scope="module")
def shown():
    found = metrics_at_rest({**TRUTH, "patient.baroreflex": False})
    return {name: found[name] for name in METRICS}


def test_a_known_patient_is_found_again(table, shown, tmp_path):
    found = fit(load(Targets, "fit", table(shown)), {})
    assert found.met
    for parameter in found.parameters:
        assert parameter.start != pytest.approx(TRUTH[parameter.path], rel=0.1)  # it had a way to go
        assert parameter.value == pytest.approx(TRUTH[parameter.path], rel=0.02), parameter.path
        assert parameter.decided and not parameter.at_bound
    # The file is a patient, with his reflex at rest: he shows the targets with it on.
    file = tmp_path / "found.toml"
    file.write_text(text_of(found, "a test"), encoding="utf-8")
    patient = load_experiment(patient=str(file)).patient
    assert patient.set["patient.reflex_setpoint_mmHg"] == pytest.approx(shown["map_mmHg"], rel=0.01)
    again = metrics_at_rest(patient.set)
    for row in patient.patient.must_show:
        assert row.low <= again[row.metric] <= row.high
        assert again[row.metric] == pytest.approx(shown[row.metric], rel=0.02)


def test_what_no_target_decides_is_said(table, shown):
    """A parameter that changes nothing of what the targets see stays where it was, and is named."""
    few = {name: shown[name] for name in ("map_mmHg", "co_L_min")}
    parameters = ("patient.svr_scale", "patient.blood_volume_delta_mL", "patient.electromechanical_delay_ms")
    found = fit(load(Targets, "fit", table(few, parameters)), {})
    resistance, volume, delay = found.parameters
    assert found.met
    assert resistance.decided and volume.decided
    assert not delay.decided
    assert delay.value == pytest.approx(delay.start, rel=1e-3)


def test_a_target_out_of_reach_is_missed_and_ends_with_1(table, tmp_path):
    file = table({"map_mmHg": 90.0, "lv_ejection_fraction_pct": 95.0}, ("patient.svr_scale",))
    out = tmp_path / "p.toml"
    result = CliRunner().invoke(app, ["fit", file, "--out", str(out), "--json"])
    assert result.exit_code == exit_codes.FAIL
    report = json.loads(result.stdout)
    assert not report["met"] and not report["targets"]["lv_ejection_fraction_pct"]["met"]
    assert "MISSED" in out.read_text(encoding="utf-8")
    tomllib.loads(out.read_text(encoding="utf-8"))


def test_never_over_a_file_that_is_there(table, shown, tmp_path):
    out = tmp_path / "mine.toml"
    out.write_text("mine")
    result = CliRunner().invoke(app, ["fit", table(shown), "--out", str(out)])
    assert result.exit_code == exit_codes.USAGE and "exists" in result.output
    assert out.read_text() == "mine"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('"patient.svr_scale"', '"patient.svr_scal"', "patient.svr_scale"),
        ('"patient.svr_scale"', '"iabp.internal_bpm"', "cannot be fitted"),
        ('"patient.svr_scale"', '"patient.rhythm"', "cannot be fitted"),
        ('"patient.svr_scale"', '"patient.lv_ees_mmHg_mL"', "named twice"),
        ("within = ", "within = -", "within"),
        ('metric = "map_mmHg"', 'metric = "map"', "map_mmHg"),
        ('metric = "map_mmHg"', 'metric = "co_L_min"', "given twice"),
        ("[[target]]", "[set]\nsvr_scale = 1.1\n[[target]]", "set and fitted"),
    ],
)
def test_mistakes_with_their_place(table, shown, tmp_path, old, new, says):
    path = table(shown)
    text = (tmp_path / "targets.toml").read_text().replace(old, new, 1)
    (tmp_path / "targets.toml").write_text(text)
    with pytest.raises(ConfigError, match=says) as caught:
        load(Targets, "fit", path)
    assert "targets.toml:" in str(caught.value)


def test_the_shipped_table_is_valid():
    assert load(Targets, "fit", "low-output").fit.start == "heart-failure"
