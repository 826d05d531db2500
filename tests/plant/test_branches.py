"""Leg, viscera and upper body: what a catheter, a cannula or a misplaced balloon takes from them."""

import numpy as np
import pytest

from cext.plant.model import FLOW_NAMES, PlantModel

STILL = {"patient.sdnn_ms": 0.0, "patient.breathing": "off", "patient.baroreflex": False}
LEAST_LEG_FLOW = 150.0  # mL/min, docs/devices.md


def flows(settings=None, seconds=20.0, settle=20.0, **made):
    """Means in mL/min, the largest device at work on a steady command."""
    driven = {k: made.pop(k) for k in list(made) if k.endswith(("rpm", "enable", "pressure", "vacuum"))}
    model = PlantModel(STILL | (settings or {}), **made)
    model.skip(settle, **driven)
    out = model.run(seconds, **driven)
    at = np.flatnonzero(np.diff(out["beat"]) > 0) + 1
    beats = slice(at[0], at[-1])
    found = {n: 60.0 * out[f"{n}_flow_mL_s"][beats].mean() for n in ("limb", "visceral", "upper", "systemic", "ecmo")}
    return found | {f"{n}_mmHg": out[f"{n}_mmHg"][beats].mean() for n in ("aop", "abp", "cvp")} | {"out": out}


def test_at_rest_the_branches_have_their_textbook_flows():
    rest = flows()
    assert 300 <= rest["limb"] <= 400 and 2300 <= rest["visceral"] <= 2900
    assert rest["limb"] / rest["visceral"] == pytest.approx(0.09 / 0.66, rel=1e-6)


@pytest.mark.parametrize(("leg", "viscera"), [(0.02, 0.3), (0.2, 0.75)])
def test_how_the_lower_body_is_shared_out_changes_nothing_else(leg, viscera):
    """Branches in proportion are one: pressures of every beat stay as they are, to rounding."""
    a, b = (PlantModel(STILL | also).run(5.0) for also in ({}, {"patient.leg_share": leg, "patient.visceral_share": viscera}))
    for name in ("aop_mmHg", "lvp_mmHg", "abp_mmHg", "cvp_mmHg", "systemic_flow_mL_s"):
        assert b[name] == pytest.approx(a[name], abs=1e-6), name


def annulus(k):
    """Narrow gap of a catheter at the wall, Poiseuille; numerically: flow through the ring between two cylinders over that without."""
    r = np.linspace(k, 1.0, 200_001)
    u = 1.0 - r**2 + (k**2 - 1.0) / np.log(k) * np.log(r)  # no slip at both walls
    return 4.0 * np.trapezoid(u * r, r)


@pytest.mark.parametrize(("fr", "mm"), [(15.0, 7.0), (17.0, 7.0), (17.0, 8.0), (19.0, 9.0)])
def test_a_cannula_leaves_the_leg_what_its_ring_lets_through(fr, mm):
    """In a steady state the leg is two resistances in series, artery and bed; the artery's grows by the ring's."""
    clear = flows({"patient.femoral_mm": mm})
    model = {"patient.femoral_mm": mm, "ecmo.enabled": True, "ecmo.arterial_fr": fr}
    narrow = flows(model)  # in place and clamped
    factor = max(1.0, 0.4 / annulus(fr / 3.0 / mm))
    bed, artery = 1.18 / 0.09, 0.06 / 0.09
    expected = (bed + artery) / (bed + artery * factor)
    pressure = (narrow["abp_mmHg"] - narrow["cvp_mmHg"]) / (clear["abp_mmHg"] - clear["cvp_mmHg"])
    assert narrow["limb"] / clear["limb"] == pytest.approx(expected * pressure, rel=0.02)


def test_the_larger_the_catheter_and_the_smaller_the_artery_the_less_blood_the_leg_has(device):
    cp, balloon = device("impella-cp"), device("iabp-40")
    none = flows()["limb"]
    with_balloon = flows({"iabp.enabled": True}, balloon=balloon, valve_vacuum=1.0)["limb"]
    with_pump = flows(pump=cp, pump_speed_rpm=39_000.0, pump_enable=1.0)["limb"]
    cannula = [flows({"ecmo.enabled": True, "ecmo.arterial_fr": fr})["limb"] for fr in (15.0, 17.0, 19.0)]
    assert none > with_balloon > with_pump > cannula[0] > cannula[1] > cannula[2]
    assert with_balloon > 0.9 * none and with_pump > LEAST_LEG_FLOW
    assert cannula[2] < 0.1 * none  # 19 Fr fill 6.3 of 7 mm
    small = flows({"iabp.enabled": True, "patient.femoral_mm": 3.2}, balloon=balloon, valve_vacuum=1.0)["limb"]
    assert small < LEAST_LEG_FLOW < with_balloon


def test_a_cannula_in_the_aorta_or_a_pump_off_leaves_the_leg_alone(device):
    none = flows()["limb"]
    assert flows({"ecmo.enabled": True, "ecmo.return": "central"})["limb"] == pytest.approx(none, rel=0.01)
    assert flows(balloon=device("iabp-40"), valve_vacuum=1.0)["limb"] == pytest.approx(none, rel=0.01)
    assert flows(pump=device("impella-ld"), pump_speed_rpm=20_000.0, pump_enable=1.0)["limb"] > 0.9 * none


def test_a_distal_perfusion_cannula_brings_the_leg_back():
    ecmo = {"ecmo.enabled": True, "ecmo.arterial_fr": 19.0}
    driven = {"ecmo_speed_rpm": 3400.0, "ecmo_enable": 1.0}
    without = flows(ecmo, **driven)
    some, more = (flows(ecmo | {"ecmo.distal_perfusion_fr": fr}, **driven) for fr in (5.0, 7.0))
    assert without["limb"] < LEAST_LEG_FLOW < some["limb"] < more["limb"]
    # Steady: conductance of the cannula times its drop, Q from the flow that the leg has beside the narrow artery.
    out = more["out"]
    leg = out["q"][:, FLOW_NAMES.index("ecmo_leg")]
    flow = 0.06 * out["ecmo_flow_mL_s"]
    leg_bed = out["q"][:, FLOW_NAMES.index("leg_sv")]
    veins = out["cvp_mmHg"] + 0.02 * out["q"][:, FLOW_NAMES.index("sv_vc")]
    distal = out["abp_mmHg"] + 3.5 * flow * np.abs(flow) + 2.0 * flow - (veins + leg_bed * 1.18 / 0.09)
    assert leg.mean() == pytest.approx((7.0 / 6.0) ** 4 / 16.0 * distal.mean(), rel=0.02)
    assert np.ptp(out["blood_volume_mL"]) < 1e-6


def test_a_misplaced_balloon_takes_from_what_it_covers(device):
    shock = {"iabp.enabled": True}
    found = {}
    for position in ("correct", "too-low", "too-high"):
        n = 20_000
        inflated = (np.arange(n) % 833 > 350).astype(float)
        model = PlantModel(STILL | shock | {"iabp.position": position}, balloon=device("iabp-40"))
        for _ in range(2):
            out = model.run(20.0, valve_pressure=inflated, valve_vacuum=1.0 - inflated)
        found[position] = {x: 60.0 * out[f"{x}_flow_mL_s"].mean() for x in ("limb", "visceral", "upper")}
        found[position]["below"] = out["abp_mmHg"].mean() / out["aop_mmHg"].mean()
    correct, low, high = (found[x] for x in ("correct", "too-low", "too-high"))
    assert low["visceral"] < 0.75 * correct["visceral"]
    assert low["below"] < correct["below"] - 0.03  # the aorta is narrowed; the legs live on the pressure that rises above it
    assert low["upper"] > 0.97 * correct["upper"]
    assert high["upper"] < 0.9 * correct["upper"]
    assert high["visceral"] > 0.9 * correct["visceral"]
