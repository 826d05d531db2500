"""The picture of `simulate --plot`."""

import re

import numpy as np
import pytest

from controller import exit_codes
from controller.config.experiment import load_experiment
from controller.report.simulated import FRAMES_S, draw
from controller.simulation import settle, supported, without_devices

SUPPORT = ("iabp.enabled=on", "iabp.assist=1:2")


def simulated(*sets):
    return settle(load_experiment(bench="virtual", patient="cardiogenic-shock", sets=sets), settle_s=0.0, frames_s=FRAMES_S)


def test_before_and_after_support(tmp_path):
    after, before = simulated(*SUPPORT), simulated(*without_devices(SUPPORT))
    draw(after, before, tmp_path / "picture.pdf")
    draw(after, None, tmp_path / "alone.png")
    draw(after, before, tmp_path / "picture.svg")
    assert (tmp_path / "picture.pdf").read_bytes()[:5] == b"%PDF-"
    assert (tmp_path / "alone.png").read_bytes()[1:4] == b"PNG"
    assert "<svg" in (tmp_path / "picture.svg").read_text(encoding="utf-8")


def test_frames_are_the_last_seconds_without_a_gap():
    found = simulated()
    ticks = found.frames["time.tick"]
    np.testing.assert_array_equal(ticks, np.arange(ticks[0], ticks[0] + len(ticks)))
    assert len(ticks) >= FRAMES_S * 1000
    assert ticks[-1] * 1e-3 == pytest.approx(found.window.start_s + found.window.duration_s, abs=1.5)


def test_nothing_is_kept_without_being_asked():
    found = settle(load_experiment(bench="virtual", patient="cardiogenic-shock"), settle_s=0.0)
    assert found.frames is None


def test_the_same_patient_without_devices():
    sets = ("patient.svr_scale=1.2", "iabp.enabled=on", "pump.device=impella-cp", "pump.level=P-6", "ecmo.flow_L_min=3")
    bare = load_experiment(bench="virtual", patient="heart-failure", sets=without_devices(sets))
    values = bare.settings.values_by_path
    assert not supported(values)
    assert values["patient.svr_scale"] == 1.2
    assert supported(values | {"ecmo.enabled": True})
    assert supported(values | {"rpump.device": "impella-rp"})


@pytest.mark.parametrize(("name", "says"), [("p.txt", r"end the name in \.png, \.svg, \.pdf"), ("nowhere/p.png", "no folder")])
def test_a_picture_that_cannot_be_drawn_is_refused_before_the_simulation(name, says, tmp_path, monkeypatch):
    from typer.testing import CliRunner

    from controller.cli.app import app

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("controller.simulation.settle", None)
    result = CliRunner().invoke(app, ["simulate", "--plot", name])
    assert result.exit_code == exit_codes.USAGE
    assert re.search(says, result.output)
