"""Devices together on the virtual rig: simulated and run, each with the sign it must have; and what must not be together."""

import asyncio
import json

import pytest

from controller import run
from controller.config.experiment import load_experiment
from controller.session.assemble import assemble
from controller.session.errors import NotArmed
from controller.simulation import settle

SHOCK = "cardiogenic-shock"
ECMO = ("ecmo.enabled=on", "ecmo.speed_rpm=3000")
CP = ("pump.device=impella-cp", "pump.level=P-6")
RP = ("rpump.device=impella-rp", "rpump.level=P-5")
BALLOON = ("iabp.enabled=on",)


def metrics(*sets, patient=SHOCK):
    found = settle(load_experiment(patient=patient, sets=list(sets)), settle_s=25.0, beats=12)
    assert not found.tripped
    return found.window.values, found.warnings


@pytest.mark.slow
def test_balloon_and_impella_vent_a_heart_on_ecmo_when_simulated():
    lap = [metrics(*ECMO, *with_)[0]["lap_mean_mmHg"] for with_ in ((), BALLOON, CP)]
    assert lap == sorted(lap, reverse=True)
    assert lap[0] - lap[2] > 2.0


@pytest.mark.slow
def test_two_impellas_carry_more_than_the_left_one_in_biventricular_failure():
    left, _ = metrics(*CP, patient="biventricular-failure")
    both, _ = metrics(*CP, *RP, patient="biventricular-failure")
    assert both["rpump_flow_L_min"] > 2.0 and both["pump_flow_L_min"] > 2.0
    assert both["cvp_mmHg"] < left["cvp_mmHg"] and both["co_L_min"] > left["co_L_min"]


PROTOCOL = """
[protocol]
name = "together"
title = "Devices together"
requires = ["iabp", "impella", "impella-rp", "ecmo", "patient-model"]
patient = "cardiogenic-shock"
[set]
pump.device = "impella-cp"
pump.position = "in-aorta"
rpump.device = "impella-rp"
[[step]]
name = "balloon"
set = { iabp.enabled = true }
hold_s = 22
measure_s = 6
expect = [ { metric = "iabp_volume_mL", low = 30, source = "test" } ]
[[step]]
name = "impella"
set = { iabp.enabled = false, pump.position = "correct", pump.level = "P-6" }
hold_s = 12
measure_s = 4
expect = [ { metric = "pump_flow_L_min", low = 2.5, source = "test" } ]
[[step]]
name = "both-sides"
set = { rpump.level = "P-4" }
hold_s = 12
measure_s = 4
expect = [ { metric = "rpump_flow_L_min", low = 1.5, source = "test" } ]
[[step]]
name = "impella-on-ecmo"
set = { rpump.level = "P-0", ecmo.enabled = true, ecmo.speed_rpm = 2800 }
hold_s = 15
measure_s = 4
expect = [ { metric = "ecmo_flow_L_min", low = 1.5, source = "test" }, { metric = "pump_flow_L_min", low = 2.0, source = "test" } ]
[[step]]
name = "balloon-on-ecmo"
set = { pump.level = "P-0", pump.position = "in-aorta", iabp.enabled = true }
hold_s = 22
measure_s = 6
expect = [ { metric = "iabp_volume_mL", low = 30, source = "test" } ]
"""


@pytest.mark.slow
def test_they_run_one_after_the_other_in_a_protocol(tmp_path):
    (tmp_path / "together.toml").write_text(PROTOCOL)
    outcome = run(str(tmp_path / "together.toml"), out=tmp_path / "run", seed=2)
    assert outcome.result.verdict == "PASS", [(s.name, s.verdict) for s in outcome.result.steps]
    steps = json.loads((outcome.folder / "summary.json").read_text())["steps"]
    assert steps[0]["metrics"]["pump_flow_L_min"] == pytest.approx(0.0, abs=0.05)  # in the aorta: nothing across the valve


REGURGITANT = ("patient.ar_area_cm2=0.2",)


def test_simulate_warns_of_a_balloon_in_aortic_regurgitation_and_computes():
    found = settle(load_experiment(patient=SHOCK, sets=[*REGURGITANT, *BALLOON]), settle_s=8.0, beats=4)
    assert len(found.warnings) == 1 and "aortic regurgitation" in found.warnings[0]
    assert found.window.values["iabp_volume_mL"] > 20.0


LEAKING = """
[protocol]
name = "leaking"
title = "Balloon in a leaking valve"
requires = ["iabp", "patient-model"]
patient = "cardiogenic-shock"
{override}
[[step]]
name = "rest"
hold_s = 2
[[step]]
name = "assist"
set = {{ patient.ar_area_cm2 = 0.2, iabp.enabled = true }}
hold_s = 4
"""


def refused(tmp_path, override):
    file = tmp_path / "leaking.toml"
    file.write_text(LEAKING.format(override=override))
    return run(str(file), out=tmp_path / "run", seed=1)


def test_run_refuses_it_at_arming_and_names_the_step_and_the_override(tmp_path):
    outcome = refused(tmp_path, "")
    events = (outcome.folder / "events.jsonl").read_text()
    assert outcome.result.verdict != "PASS"
    assert "step 2 (assist)" in events and 'override = [\\"iabp-in-ar\\"]' in events
    assert '"RUNNING"' not in events and "-> RUNNING" not in events


def test_a_protocol_that_overrides_it_by_name_runs(tmp_path):
    outcome = refused(tmp_path, 'override = ["iabp-in-ar"]')
    assert "-> RUNNING" in (outcome.folder / "events.jsonl").read_text()


def test_arising_mid_run_it_alarms_and_deflates():
    session = assemble(load_experiment(patient=SHOCK, sets=["iabp.enabled=on"]))
    heard = []
    session.listen(heard.append)

    async def main():
        await session.open()
        await session.arm()
        await session.start()
        while session.t_s < 15.0:
            await session.advance()
        session.set({"patient.ar_area_cm2": 0.2})
        while session.t_s < 16.0:
            frames = (await session.advance()).frames
        return frames

    try:
        frames = asyncio.run(main())
    finally:
        session.close()
    assert [e.data["condition"] for e in heard if e.kind == "alarm"] == ["iabp-in-ar"]
    assert frames["plant.balloon_mL"][-1] < 4.0 and frames["out.valve_vacuum"][-1] == 1.0


def test_not_armed_names_every_step_once():
    session = assemble(load_experiment(patient=SHOCK, sets=[*REGURGITANT]))
    session.planned = {"step 1 (a)": session.values(), "step 2 (b)": session.values() | {"iabp.enabled": True}}

    async def main():
        await session.open()
        await session.arm()

    with pytest.raises(NotArmed, match=r"step 2 \(b\): balloon pump in aortic regurgitation"):
        asyncio.run(main())
    session.close()
