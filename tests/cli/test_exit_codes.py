"""The command line as a user and a script meet it: exit codes, messages, no traceback whatever is typed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CODE = "from controller.cli import main; main()"


def mockloop(*arguments, cwd=None):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    if os.environ.get("MOCKLOOP_BUILD") == "debug":
        environment["PYTHONPATH"] = os.environ["PYTHONPATH"]
    done = subprocess.run(
        [sys.executable, "-P", "-c", CODE, *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=cwd or ROOT,
        env=environment,
    )
    assert "Traceback" not in done.stderr + done.stdout, done.stderr
    return done


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["run", "iabp-weening", "--fast"], 3, "did you mean iabp-weaning"),
        (["run", "iabp-weaning", "--fast", "--patient", "helthy"], 3, "did you mean healthy"),
        (["run", "iabp-weaning", "--set", "iabp.assist=1:9"], 3, "1:1, 1:2"),
        (["run", "iabp-weaning", "--set", "patient.hr_bpm=70 mmHg"], 3, "bpm"),
        (["run", "iabp-weaning", "--set", "patient.hr_bpm=inf"], 3, "30 to 200"),
        (["run", "iabp-weaning", "--set", "patient.hr=70"], 3, "patient.hr_bpm"),
        (["run", "iabp-weaning", "--mqtt", "http://x"], 2, "mqtt://"),
        (["run", "iabp-weaning", "--temperature-C", "nan"], 2, "allowed is 0 to 100"),
        (["run", "iabp-weaning", "--temperature-C", "310"], 2, "allowed is 0 to 100"),
        (["run", "iabp-weaning", "--policy", "some"], 2, "full, decimated or beats"),
        (["run", "/nowhere/at/all.toml"], 3, "all.toml"),
        (["simulate", "--patient", "nobody"], 3, "cardiogenic-shock"),
        (["simulate", "--beats", "0"], 2, ""),
        (["list", "elephants"], 2, "protocols"),
        (["check", "/nowhere.toml"], 3, "/nowhere.toml"),
        (["export", "/nowhere"], 4, "/nowhere"),
        (["recover", "/nowhere"], 4, "/nowhere"),
        (["report", "/nowhere"], 4, "/nowhere"),
        (["frobnicate"], 2, ""),
        (["bench", "--only", "nothing"], 2, "plant"),
    ],
)
def test_bad_input_is_refused_with_its_code_and_a_sentence(arguments, code, says):
    done = mockloop(*arguments)
    assert done.returncode == code, done.stderr
    assert says in done.stderr


def test_several_wrong_settings_are_all_named():
    done = mockloop("run", "iabp-weaning", "--set", "iabp.assist=9", "--set", "patient.hr_bpm=-1", "--set", "nonsense=1")
    assert done.returncode == 3
    for word in ("iabp.assist", "patient.hr_bpm", "nonsense"):
        assert word in done.stderr


def test_a_run_folder_is_never_overwritten(tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "precious.txt").write_text("data")
    done = mockloop("run", "iabp-weaning", "--fast", "--mqtt", "off", "--out", tmp_path / "run")
    assert done.returncode == 2 and "never overwritten" in done.stderr
    assert [p.name for p in (tmp_path / "run").iterdir()] == ["precious.txt"]


def test_dry_run_plans_and_runs_nothing(tmp_path):
    done = mockloop("run", "iabp-weaning", "--dry-run", "--json", cwd=tmp_path)
    assert done.returncode == 0 and not list(tmp_path.iterdir())
    plan = json.loads(done.stdout)
    assert [step["name"] for step in plan["steps"]] == ["baseline", "assist-1-1", "assist-1-2", "assist-1-4", "off"]
    assert 90 < plan["expected_s"] < 150  # about two minutes


def test_the_shipped_protocols_pass_and_speak_json(tmp_path):
    for protocol in ("iabp-weaning", "impella-ramp"):
        done = mockloop("run", protocol, "--fast", "--json", "--mqtt", "off", "--out", tmp_path / protocol)
        assert done.returncode == 0, done.stderr
        summary = json.loads(done.stdout)
        assert summary["verdict"] == "PASS" and summary["recording"]["complete"]


def test_a_failed_limit_ends_with_1(tmp_path):
    protocol = tmp_path / "strict.toml"
    protocol.write_text(
        '[protocol]\nname = "strict"\ntitle = "An output nobody has"\nrequires = ["patient-model"]\n\n'
        '[[step]]\nname = "rest"\nhold_s = 5.0\nexpect = [{ metric = "co_L_min", low = 50, source = "test" }]\n'
    )
    done = mockloop("run", protocol, "--fast", "--mqtt", "off", "--out", tmp_path / "run")
    assert done.returncode == 1 and "FAIL" in done.stderr
    assert json.loads((tmp_path / "run" / "summary.json").read_text())["steps"][0]["verdict"] == "fail"


def test_a_trip_ends_with_4_and_a_complete_recording(tmp_path):
    protocol = tmp_path / "trip.toml"
    protocol.write_text(
        '[protocol]\nname = "trip"\ntitle = "A limit below the pressure"\nrequires = ["patient-model"]\n\n'
        '[set]\nguard.pressure_high_mmHg = 90\n\n[[step]]\nname = "rest"\nhold_s = 5.0\n'
    )
    done = mockloop("run", protocol, "--fast", "--mqtt", "off", "--out", tmp_path / "run")
    assert done.returncode == 4, done.stderr
    assert "pressure_high" in done.stderr


def test_iabp_in_aortic_regurgitation_warns_in_simulate_and_is_refused_in_run(tmp_path):
    severe = ["--set", "patient.ar_area_cm2=0.3"]
    done = mockloop("simulate", *severe, "--set", "iabp.enabled=on", "--settle-s", "5", "--beats", "3", "--json")
    assert done.returncode == 0 and "contraindicated" in done.stderr
    assert json.loads(done.stdout)["metrics"]["ar_fraction_pct"] > 20
    done = mockloop("run", "iabp-weaning", "--fast", "--mqtt", "off", "--out", tmp_path / "run", *severe)
    assert done.returncode == 4 and "iabp-in-ar" in done.stderr
