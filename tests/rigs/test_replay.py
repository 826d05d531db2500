"""Our own recordings, played again: the same bits; and what differs is named."""

import json
import shutil

import pytest

from controller.cli import main
from controller.config.experiment import load_experiment
from controller.faults import Fault
from controller.job.execute import Run
from controller.job.request import Request
from controller.replay import CannotReplay, replay

PROTOCOL = """
[protocol]
name = "short"
title = "Pump and balloon, a ramp, a stop"
requires = ["iabp", "impella", "patient-model"]
patient = "cardiogenic-shock"
[set]
pump.device = "impella-cp"
pump.level = "P-2"
[[step]]
name = "both"
set = { iabp.enabled = true, iabp.assist = "1:2", pump.level = "P-6", iabp.inflation_offset_ms = 10, iabp.deflation_offset_ms = -10 }
hold_s = 4.0
[[step]]
name = "speed"
ramp = { patient.hr_bpm = { to = 100, over_s = 2.0 } }
hold_s = 2.0
"""


class Quiet:
    operator = None

    def say(self, *_):
        pass

    event = progress = close = say


def recorded(folder, bench="virtual", faults=(), policy="full", sets=()):
    import asyncio

    file = folder.with_suffix(".toml")
    file.write_text(PROTOCOL)
    request = Request(str(file), bench, fast=True, seed=4, out=folder, mqtt="off", policy=policy, faults=faults, sets=sets)
    experiment = load_experiment(str(file), bench=bench, sets=sets)
    asyncio.run(Run(experiment, request, Quiet()).execute(60.0))
    return folder


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return recorded(tmp_path_factory.mktemp("tape") / "run", sets=("iabp.trigger=pressure", "pump.position=correct"))


def test_every_output_of_every_tick_is_the_same(run):
    played = replay(run)
    assert played.deviations == []
    assert played.ticks == json.loads((run / "summary.json").read_text())["ticks"] > 8000


def test_a_run_over_sockets_too(tmp_path):
    played = replay(recorded(tmp_path / "wires", "simulated-wires"))
    assert played.deviations == []


@pytest.mark.parametrize("fault", [
    Fault("in.aop_mmHg", "off", 3.0, 0.5), Fault("in.ecg_mV", "garbage", 3.0), Fault("read", "off", 3.0, 0.004),
    Fault("in.aop_mmHg", "wrong", 3.0, 0.5, 1.0, 155.0),
], ids=str)  # fmt: skip
def test_a_run_that_tripped_trips_again_in_the_same_tick(tmp_path, fault):
    played = replay(recorded(tmp_path / "tripped", faults=(fault,)))
    assert played.deviations == []


def test_another_limit_gives_other_outputs_and_each_is_named(run, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(run, other)
    bench = other / "config" / "virtual.toml"
    text = bench.read_text()
    assert text.count("range = [0, 55000]") >= 1
    bench.write_text(text.replace("range = [0, 55000]", "range = [0, 33500]"))
    played = replay(other)
    (first,) = [d for d in played.deviations if d.channel == "out.pump_speed_rpm"]
    assert first.recorded > first.replayed == 33500.0, "P-6 is 39 000 rpm"
    assert first.ticks > 3000
    assert played.as_json()["deviations"][0]["t_s"] == first.tick * 1e-3


def test_the_command_says_so_with_its_exit_code(run, capsys, monkeypatch):
    monkeypatch.setattr("sys.argv", ["mockloop", "replay", str(run)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    assert "every output is the same, bit for bit" in capsys.readouterr().out


def test_what_cannot_be_replayed_is_said(tmp_path):
    with pytest.raises(FileNotFoundError, match="no run folder"):
        replay(tmp_path / "nowhere")
    with pytest.raises(CannotReplay, match="no run folder of mockloop run"):
        replay(tmp_path)
    thin = recorded(tmp_path / "thin", policy="decimated")
    with pytest.raises(CannotReplay, match=r"policy is decimated: a replay needs every tick \(full\)"):
        replay(thin)
