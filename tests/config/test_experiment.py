"""Protocol, bench, patient, devices and settings together: precedence, provenance, and all problems at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from controller.config import ConfigError, Experiment, load_experiment
from controller.config.effective import effective
from controller.config.experiment import assemble
from controller.config.find import shipped

WIRED = """\
[bench]
name = "wired"
title = "A bench with wires"
rig = "faulty"
simulated = true
offers = ["iabp"]
metrics_from = "inputs"
[inputs]
aop_mmHg = { range = [-50, 300] }
ecg_mV = { range = [-10, 10] }
[outputs]
valve_pressure = { range = [0, 1], rest = 0, safe = 0, standby = 0 }
valve_vacuum = { range = [0, 1], rest = 0, safe = 1, standby = 1 }
"""


@pytest.fixture
def trial(folder: Path, protocol_text: str) -> Path:
    file = folder / "trial.toml"
    file.write_text(protocol_text, encoding="utf-8")
    return file


def loaded(trial: Path, **others: object) -> Experiment:
    return load_experiment(str(trial), **others)  # type: ignore[arg-type]


def test_layers_go_over_each_other_in_order(folder: Path, trial: Path) -> None:
    bench = (shipped() / "benches" / "virtual.toml").read_text(encoding="utf-8")
    own = '[set]\niabp.assist = "1:8"\niabp.internal_bpm = 60\npatient.hr_bpm = 61\nguard.stop_ramp_s = 4\n'
    (folder / "b.toml").write_text(bench + own, encoding="utf-8")
    (folder / "p.toml").write_text('[patient]\nname = "p"\ntitle = "p"\n[set]\nhr_bpm = 100\nsdnn_ms = 1\n', encoding="utf-8")
    found = loaded(trial, bench="./b.toml", patient="./p.toml", sets=["patient.sdnn_ms=2", "pump.level=P-3", "pump.level=P-4"])
    origins = {path: (entry.value, entry.origin) for path, entry in found.settings.changed.items()}
    line = len(bench.splitlines())
    assert origins == {
        "iabp.assist": ("1:2", f"protocol trial ({trial}:6:15)"),
        "iabp.internal_bpm": (60.0, f"bench virtual (b.toml:{line + 3}:21)"),
        "patient.hr_bpm": (100.0, "patient p (p.toml:5:10)"),
        "patient.sdnn_ms": (2.0, "--set"),
        "guard.stop_ramp_s": (4.0, f"bench virtual (b.toml:{line + 5}:21)"),
        "pump.device": ("impella-cp", f"protocol trial ({trial}:7:15)"),
        "pump.level": ("P-4", "--set"),
    }
    assert found.settings.numbers["iabp.assist"] == 1.0
    assert found.settings["iabp.enabled"].origin == "default"
    assert list(found.settings) == list(effective())


def test_devices_come_from_settings_and_bench(trial: Path) -> None:
    found = loaded(trial)
    assert found.pump is not None
    assert found.pump.name == "impella-cp"
    assert found.balloon is not None
    assert [source.path.name for source in found.files if source.path] == [
        "virtual.toml", "healthy.toml", "trial.toml", "impella-cp.toml", "iabp-40.toml",
    ]  # fmt: skip
    assert loaded(trial, bench="virtual").patient is not None


def test_every_wrong_option_is_said_with_everything_else(trial: Path) -> None:
    trial.write_text(trial.read_text().replace("hold_s = 10", "hold_s = -1"), encoding="utf-8")
    sets = ["iabp.assist=1:9", "x", "=3", "patient.hr_pbm=80", "iabp.internal_bpm=70kPa", "run.step=3", "iabp.enabled=on"]
    experiment, problems = assemble(str(trial), patient="nobody", sets=sets)
    assert experiment is not None
    assert experiment.settings["iabp.enabled"].value is True
    assert [(p.where.removeprefix(f"{trial}:"), p.key, p.value, p.hint) for p in problems] == [
        ("11:10", "step[1].hold_s", "-1", ""),
        ("--patient", "", "nobody", ""),
        ("--set", "iabp.assist", "1:9", ""),
        ("--set", "", "x", ""),
        ("--set", "", "=3", ""),
        ("--set", "patient.hr_pbm", "80", "patient.hr_bpm"),
        ("--set", "iabp.internal_bpm", "70kPa", ""),
        ("--set", "run.step", "3", ""),
    ]


def test_what_a_bench_cannot_do(folder: Path, trial: Path) -> None:
    (folder / "wired.toml").write_text(WIRED, encoding="utf-8")
    text = trial.read_text()
    text = text.replace('"map_mmHg"', '"lvedp_mmHg"').replace(
        "hold_s = 12",
        'hold_s = 12\nabort_if = [ { signal = "plant.suction", above = 0 }, { metric = "suction_pct", above = 1 } ]',
    )
    trial.write_text(text, encoding="utf-8")
    experiment, problems = assemble(str(trial), bench="./wired.toml", sets=["patient.hr_bpm=80"])
    assert experiment is not None
    assert experiment.patient is None
    assert [(p.key, p.what) for p in problems] == [
        ("patient.hr_bpm", 'has no effect: the bench wired does not offer "patient-model"'),
        ("protocol.requires[2]", "is not offered by the bench wired"),
        ("protocol.requires[3]", "is not offered by the bench wired"),
        ("step[2].expect[1].metric", "cannot be measured on the bench wired: it has no lvp_mmHg"),
        ("step[3].abort_if[1].signal", "is never known: the bench wired has no patient model"),
        ("step[3].abort_if[2].metric", "cannot be measured on the bench wired: suction_pct needs a patient model"),
    ]


def test_a_patient_for_a_bench_without_one(folder: Path) -> None:
    (folder / "wired.toml").write_text(WIRED, encoding="utf-8")
    with pytest.raises(ConfigError, match='--patient: healthy: the bench wired does not offer "patient-model"'):
        load_experiment(bench="./wired.toml", patient="healthy")


def test_a_pump_without_that_level(folder: Path, trial: Path) -> None:
    devices = folder / "configs" / "devices"
    devices.mkdir()
    own = (shipped() / "devices" / "impella-cp.toml").read_text(encoding="utf-8")
    (devices / "impella-cp.toml").write_text(own.replace("P-9 = 46000", "").replace("P-9 = [3.3, 3.7]", ""), encoding="utf-8")
    trial.write_text(trial.read_text().replace("iabp.enabled = true", 'pump.level = "P-9"'), encoding="utf-8")
    with pytest.raises(ConfigError) as raised:
        loaded(trial)
    (problem,) = raised.value.problems
    assert (problem.key, problem.what) == ("step[2].set.pump.level", "is no level of impella-cp")
    assert problem.allowed.endswith("P-8, auto, by-speed")


@pytest.mark.parametrize(
    ("sets", "key", "what", "allowed"),
    [
        (["iabp.fill_mL=41"], "iabp.fill_mL", "is more than iabp-40 holds", "at most 40 mL (0: all of it)"),
        (
            ["iabp.balloon_mL=34", "iabp.fill_mL=40"],
            "iabp.fill_mL",
            "is more than iabp-34 holds",
            "at most 34 mL (0: all of it)",
        ),
        (
            ["pump.device=impella-cp", "pump.level=by-speed", "pump.speed_rpm=3000"],
            "pump.speed_rpm",
            "is no speed of impella-cp",
            "0, or 23000 to 46000 rpm",
        ),
        (["pump.level=P-4"], "pump.level", "drives a pump that is not fitted: pump.device is none", "beside pump.device"),
        (["rpump.level=P-4"], "rpump.level", "drives a pump that is not fitted: rpump.device is none", "beside rpump.device"),
    ],
)
def test_an_option_that_the_fitted_device_does_not_have(sets: list[str], key: str, what: str, allowed: str) -> None:
    with pytest.raises(ConfigError) as raised:
        load_experiment(sets=sets)
    (problem,) = raised.value.problems
    assert (problem.where, problem.key, problem.what, problem.allowed) == ("--set", key, what, allowed)
    fits = [one.replace("=41", "=40").replace("fill_mL=40", "fill_mL=34").replace("=3000", "=30000") for one in sets]
    load_experiment(sets=fits if fits != sets else [*sets, "pump.device=impella-cp", "rpump.device=impella-rp"])


def test_a_step_that_cannot_be_read_does_not_move_the_places_of_the_others(trial: Path) -> None:
    lines = trial.read_text().splitlines()
    text = "\n".join(lines).replace("iabp.enabled = true", 'pump.level = "by-speed", pump.speed_rpm = 50000')
    first = text.index("hold_s = 10")
    trial.write_text(text[:first] + 'until = "steady"' + text[first + len("hold_s = 10") :], encoding="utf-8")
    with pytest.raises(ConfigError) as raised:
        loaded(trial)
    assert [(problem.key, problem.what) for problem in raised.value.problems] == [
        ("step[1].limit_s", 'is required and missing: until = "steady" needs a limit'),
        ("step[2].set.pump.speed_rpm", "is no speed of impella-cp"),
    ]


def test_a_misspelt_device_is_not_also_said_to_be_missing(trial: Path) -> None:
    trial.write_text(trial.read_text().replace('"impella-cp"', '"impella-cpp"'), encoding="utf-8")
    with pytest.raises(ConfigError) as raised:
        loaded(trial, sets=["pump.level=P-3"])
    assert [(problem.key, problem.hint) for problem in raised.value.problems] == [("set.pump.device", "impella-cp")]
    with pytest.raises(ConfigError) as raised:
        load_experiment(sets=["pump.device=impella-cpp", "pump.level=P-3"])
    assert [problem.key for problem in raised.value.problems] == ["pump.device"]


def test_a_fill_that_the_balloon_does_not_hold(trial: Path) -> None:
    trial.write_text(trial.read_text().replace("iabp.enabled = true", "iabp.fill_mL = 50"), encoding="utf-8")
    with pytest.raises(ConfigError) as raised:
        loaded(trial)
    (problem,) = raised.value.problems
    assert (problem.key, problem.what) == ("step[2].set.iabp.fill_mL", "is more than iabp-40 holds")


def test_names_in_a_protocol_are_also_looked_for_beside_it(folder: Path, trial: Path) -> None:
    beside = folder / "beside"
    beside.mkdir()
    (beside / "own.toml").write_text('[patient]\nname = "own"\ntitle = "Own"\n', encoding="utf-8")
    moved = beside / "trial.toml"
    moved.write_text(trial.read_text().replace("[set]", 'patient = "./own.toml"\n[set]'), encoding="utf-8")
    found = loaded(moved)
    assert found.patient is not None
    assert found.patient.name == "own"


@pytest.mark.parametrize("protocol", ["iabp-weaning", "impella-ramp"])
def test_shipped_protocols_fit_the_virtual_bench(protocol: str) -> None:
    patients = {file.stem for file in (shipped() / "patients").glob("*.toml")}
    if "cardiogenic-shock" not in patients:
        pytest.fail("configs/patients/cardiogenic-shock.toml is missing")
    found = load_experiment(protocol)
    assert found.protocol is not None
    assert found.patient is not None
    assert found.patient.name == "cardiogenic-shock"


def test_a_path_is_taken_as_a_file(tmp_path):
    import controller

    shipped = Path(controller.__file__).parents[1] / "configs" / "benches" / "virtual.toml"
    mine = tmp_path / "mine.toml"
    mine.write_text(shipped.read_text(encoding="utf-8"), encoding="utf-8")
    assert load_experiment(bench=mine).bench.source.path == mine
    with pytest.raises(ConfigError, match=r"PROTOCOL.*there is no protocol of this name"):
        load_experiment("iabp-weening")
