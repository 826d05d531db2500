"""ECMO under duress: a vein that closes on the cannula, a leak, air in the pump, small cannulae; and the order of venting."""

import numpy as np
import pytest

from cext.plant.model import FLOW_NAMES, PlantModel

RPM = 3000.0


def flow_of(out):
    q = 0.06 * out["ecmo_flow_mL_s"]
    return {"flow": q.mean(), "swing": np.ptp(q), "drain": out["ecmo_drain_mmHg"].min()}


def test_flow_rises_with_speed_until_the_vein_closes_and_then_chatters(patient, on_ecmo):
    settings = patient("cardiogenic-shock", blood_volume_delta_mL=-1000.0)
    found = [flow_of(on_ecmo(settings, rpm)) for rpm in (2500.0, 3000.0, 4000.0, 5000.0)]
    assert found[0]["flow"] < found[1]["flow"], found
    assert found[0]["swing"] < 1.5 and found[-1]["swing"] > 3.0 * found[0]["swing"], found
    assert found[-1]["drain"] < -80.0, found
    assert found[-1]["flow"] < found[-2]["flow"] + 0.3, found  # 1000 rpm more bring nothing


def test_volume_ends_the_chatter(patient, on_ecmo):
    dry, filled = (flow_of(on_ecmo(patient("cardiogenic-shock", blood_volume_delta_mL=v), 4500.0)) for v in (-1000.0, 500.0))
    assert filled["swing"] < 0.5 * dry["swing"] and filled["flow"] > dry["flow"] + 0.5, (dry, filled)


def test_a_tubing_leak_takes_blood_and_pressure_with_it(patient):
    model = PlantModel(patient("cardiogenic-shock") | {"ecmo.tubing_leak_mL_min": 300.0})
    driven = {"ecmo_speed_rpm": RPM, "ecmo_enable": 1.0}
    model.skip(20.0, **driven)
    out = model.run(60.0, **driven)
    lost = out["blood_volume_mL"][0] - out["blood_volume_mL"][-1]
    assert 200.0 < lost < 600.0  # 300 mL/min at 100 mmHg, more at the pressure behind the pump
    assert np.all(np.diff(out["blood_volume_mL"]) <= 1e-9)
    assert out["aop_mmHg"][-5000:].mean() < out["aop_mmHg"][:5000].mean()


def test_air_in_the_pump_takes_the_flow_and_a_lock_lets_it_run_back(patient, on_ecmo):
    flows = [flow_of(on_ecmo(patient("cardiogenic-shock") | {"ecmo.air": air}, RPM))["flow"] for air in (0.0, 0.3, 1.0)]
    assert flows[0] > flows[1] + 0.8 > flows[2] + 0.8, flows
    assert flows[2] < -1.0


def test_smaller_cannulae_take_flow(patient, on_ecmo):
    found = [flow_of(on_ecmo(patient("cardiogenic-shock") | {"ecmo.arterial_fr": fr}, RPM)) for fr in (15.0, 17.0, 19.0)]
    flows = [x["flow"] for x in found]
    assert flows == sorted(flows) and flows[-1] > flows[0] + 0.3
    narrow = flow_of(on_ecmo(patient("cardiogenic-shock") | {"ecmo.venous_fr": 21.0}, RPM))
    assert narrow["drain"] < found[1]["drain"] - 5.0


@pytest.mark.parametrize(("where", "abdomen", "arch"), [("femoral", True, False), ("central", False, True)])
def test_blood_comes_back_where_it_is_asked_to(patient, on_ecmo, where, abdomen, arch):
    out = on_ecmo(patient("cardiogenic-shock") | {"ecmo.return": where}, RPM)
    into_abdomen, into_arch = (0.06 * out["q"][:, FLOW_NAMES.index(x)].mean() for x in ("ecmo_ab", "ecmo_aa"))
    assert (into_abdomen > 2.5) == abdomen and (into_arch > 2.5) == arch
    assert min(into_abdomen, into_arch) == 0.0


def test_venting_lowers_filling_pressure_in_the_order_balloon_impella(patient, device, on_ecmo):
    """On ECMO of one speed: nothing, the balloon at 1:1, an Impella CP at P-6."""
    settings = patient("cardiogenic-shock", baroreflex=False)
    alone = on_ecmo(settings, RPM, 90.0)["lap_mmHg"].mean()
    model = PlantModel(settings, balloon=device("iabp-40"))
    rr, t = 60.0 / settings["patient.hr_bpm"], 1e-3 * np.arange(100_000)
    phase = (t - model.state["onset_s"]) % rr
    inflated = ((phase > 0.29) & (phase < rr - 0.02)).astype(float)
    driven = {"ecmo_speed_rpm": RPM, "ecmo_enable": 1.0}
    balloon = model.run(100.0, valve_pressure=inflated, valve_vacuum=1.0 - inflated, **driven)["lap_mmHg"][-10_000:].mean()
    impella = on_ecmo(settings, RPM, 90.0, device("impella-cp"), pump_speed_rpm=39_000.0, pump_enable=1.0)["lap_mmHg"].mean()
    assert alone - balloon > 0.3, (alone, balloon, impella)
    assert alone - impella > alone - balloon + 0.3, (alone, balloon, impella)
