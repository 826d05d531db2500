"""Reflex, coronary regulation, septum, drugs, effort and posture: against their equations, and what they do to a patient."""

import tomllib
from math import exp, log
from pathlib import Path

import numpy as np
import pytest

from cext.plant.model import PlantModel

CONFIGS = Path(__file__).parents[2] / "configs"
STILL = {"patient.sdnn_ms": 0.0, "patient.breathing": "off"}
# theta0, G, D s, tau s of Ursino 1998
EFFECTORS = {
    "r_extra": (0.78, 0.53, 2, 6), "r_splanchnic": (2.49, 0.695, 2, 6), "v_extra": (1537.0, -132.5, 5, 20),
    "v_splanchnic": (1435.4, -265.4, 5, 20), "e_lv": (2.392, 0.475, 2, 8), "e_rv": (1.412, 0.282, 2, 8),
    "t_sympathetic": (0.58, -0.13, 2, 2), "t_vagal": (0.0, 0.09, 0.0, 1.5),
}  # fmt: skip


def settled(seconds=60.0, **settings):
    model = PlantModel(STILL | {f"patient.{k}": v for k, v in settings.items()})
    model.skip(seconds)
    return model


def means(model, seconds=10.0):
    out = model.run(seconds)
    edges = np.flatnonzero(np.diff(out["beat"]) > 0) + 1
    whole = slice(edges[0], edges[-1])
    return {
        "hr": 60e3 * (len(edges) - 1) / (edges[-1] - edges[0]),
        "map": out["aop_mmHg"][whole].mean(),
        "co": 0.06 * out["systemic_flow_mL_s"][whole].mean(),
        "lap": out["lap_mmHg"][whole].mean(),
        "cvp": out["cvp_mmHg"][whole].mean(),
        "coronary": 60 * out["coronary_flow_mL_s"][whole].mean(),
        "lvv": out["lvv_mL"][whole].max(),
        "strength": out["contractility"][whole].mean(),
    }


def ursino(pressure, dt, setpoint, gain):
    """The reflex written down again, from docs/physics.md: a step at a time, delays by looking back."""
    smooth = [pressure[0]] * 3
    f_cs, rows = [], []
    state = dict.fromkeys(EFFECTORS, 0.0)
    rest_cs = 25.15

    def drive(f):
        return log(max(2.1 + 14.01 * exp(-0.0675 * f) - 2.66, 0) + 1)

    def vagal(f):
        e = exp((f - 25) / 7.06)
        return (3.2 + 6.3 * e) / (1 + e)

    rest = {n: (t0 + g * (vagal(rest_cs) if n == "t_vagal" else drive(rest_cs))) for n, (t0, g, _, _) in EFFECTORS.items()}
    for p in pressure:
        smooth[0] += dt / 0.4 * (p - smooth[0])
        smooth[1] += dt / 0.4 * (smooth[0] - smooth[1])
        smooth[2] += dt / 2.076 * (smooth[1] - smooth[2])
        heard = smooth[2] + 6.37 / 2.076 * (smooth[1] - smooth[2])
        e = exp((heard - setpoint) / 11.758)
        f_cs.append((2.52 + 47.78 * e) / (1 + e))
        for n, (_, g, delay, tau) in EFFECTORS.items():
            back = len(f_cs) - 1 - round(delay / dt)
            f = f_cs[back] if back >= 0 else rest_cs
            aim = g * gain * (vagal(f) - vagal(rest_cs) if n == "t_vagal" else drive(f) - drive(rest_cs))
            state[n] += dt / tau * (aim - state[n])
        now = {n: rest[n] + state[n] for n in EFFECTORS}
        parallel = [1 / (1 / x["r_extra"] + 1 / x["r_splanchnic"]) for x in (now, rest)]
        rows.append((
            parallel[0] / parallel[1], now["e_lv"] / rest["e_lv"],
            (now["t_sympathetic"] + now["t_vagal"]) / (rest["t_sympathetic"] + rest["t_vagal"]),
        ))  # fmt: skip
    return np.array(rows)


def test_the_reflex_follows_its_equations():
    """Fed with the pressure that the patient had, the restatement gives his resistance, strength and period."""
    model = settled(60.0, coronary_regulation=False)
    model.set({"patient.blood_volume_delta_mL": -500.0})
    out = model.run(60.0)
    expected = ursino(out["aop_mmHg"], 1e-3, 90.0, 0.6)
    late = slice(30_000, None)  # the restatement starts at rest, the patient did not quite
    assert np.abs(out["systemic_tone"][late] - expected[late, 0]).max() < 5e-3
    assert np.abs(out["contractility"][late] - expected[late, 1]).max() < 5e-3
    rr = out["rr_s"][late] * 72 / 60
    assert abs(rr.mean() - expected[late, 2].mean()) < 5e-3
    assert expected[-1, 0] > 1.01  # and there was something to follow


def test_a_bleeding_patient_is_held_by_his_reflex():
    def bled(on):
        model = settled(30.0, baroreflex=on)
        model.set({"patient.blood_volume_delta_mL": -600.0})
        model.skip(90.0)
        return means(model)

    before, without, reflex = means(settled()), bled(False), bled(True)
    assert without["map"] < before["map"] - 12.0
    assert reflex["map"] > without["map"] + 0.4 * (before["map"] - without["map"])
    assert reflex["hr"] > before["hr"] + 2.0 and without["hr"] == pytest.approx(72.0, abs=0.2)


def test_a_betablocker_slows_the_heart_and_blunts_the_answer():
    def rise(blocked):
        model = settled(60.0, betablocker=blocked)
        before = means(model)
        model.set({"patient.blood_volume_delta_mL": -600.0})
        model.skip(60.0)
        return before["hr"], means(model)["hr"] / before["hr"]

    (free_hr, free), (blocked_hr, blocked) = rise(0.0), rise(1.0)
    assert blocked_hr < 0.92 * free_hr
    assert 1.0 < blocked < free


def test_coronary_flow_is_held_between_60_and_140_and_falls_below():
    """The demand held still (same ventricular pressure), only the patient's resistance moves the perfusion pressure."""
    flow = {}
    for svr in (0.35, 0.6, 1.0, 1.7):
        m = means(settled(120.0, svr_scale=svr, baroreflex=False, coronary_demand_mL_min_mmHg=5.9))
        flow[m["map"]] = m["coronary"]
    pressures = sorted(flow)
    assert pressures[0] < 60.0 < pressures[1] and pressures[-1] > 110.0
    model = settled(120.0, coronary_regulation=False, baroreflex=False, svr_scale=1.7)
    unregulated = means(model)["coronary"] / means(settled(coronary_regulation=False, baroreflex=False))["coronary"]
    regulated = flow[pressures[-1]] / flow[pressures[-2]]
    assert regulated < unregulated  # what is left is the demand that rises with pressure


def test_an_occlusion_takes_strength_within_a_minute_and_gives_it_back():
    pci = tomllib.loads((CONFIGS / "patients" / "high-risk-pci.toml").read_text())["set"]
    model = settled(60.0, **(pci | {"sdnn_ms": 0.0}))
    before = means(model)
    model.set({"patient.coronary_stenosis": 1.0})
    model.skip(50.0)
    occluded = means(model)
    assert occluded["coronary"] < 1.0 and 0.5 <= occluded["strength"] <= 0.75 * before["strength"]
    assert occluded["map"] < 0.9 * before["map"] and occluded["co"] < 0.9 * before["co"]
    model.set({"patient.coronary_stenosis": 0.5})
    model.skip(300.0)
    after = means(model)
    assert after["map"] == pytest.approx(before["map"], rel=0.02) and after["strength"] == pytest.approx(
        before["strength"], rel=0.03
    )


def test_a_full_right_ventricle_hinders_the_left():
    apart, coupled = (settled(baroreflex=False, septum_lv_to_rv=k, septum_rv_to_lv=0.0) for k in (0.0, 0.15))
    assert means(coupled)["cvp"] < means(apart)["cvp"] - 0.3  # the left ventricle helps the right one to eject
    apart, coupled = (settled(baroreflex=False, pvr_scale=5.0, septum_rv_to_lv=k, septum_lv_to_rv=0.1) for k in (0.0, 0.05))
    low, high = means(apart), means(coupled)
    assert high["lvv"] < low["lvv"] or high["lap"] > low["lap"]  # stiffened from the right


SHARE = {  # what each does at its full effect, reflex off: direction of MAP, CO, LAP
    "nitroprusside": (-1, None, -1),
    "noradrenaline": (1, None, 1),
    "betablocker": (-1, -1, None),
}


@pytest.mark.parametrize("drug", SHARE)
def test_a_drug_comes_with_its_onset_and_does_what_it_does(drug):
    model = settled(30.0, baroreflex=False)
    before = means(model, 5.0)
    model.set({f"patient.{drug}": 1.0})
    early = means(model, 5.0)
    model.skip(300.0)
    late = means(model)
    for key, sign in zip(("map", "co", "lap"), SHARE[drug], strict=True):
        if sign is not None:
            assert sign * (late[key] - before[key]) > 0.02 * abs(before[key]), key
    assert abs(early["map"] - before["map"]) < 0.5 * abs(late["map"] - before["map"])


def test_dobutamine_helps_a_failing_heart():
    failing = tomllib.loads((CONFIGS / "patients" / "heart-failure.toml").read_text())["set"]
    before, after = means(settled(120.0, **failing)), means(settled(120.0, **failing, dobutamine=1.0))
    assert after["co"] > before["co"] + 0.5 and after["lap"] < before["lap"] - 1.0


def test_effort_and_standing_up():
    rest, work, up = means(settled()), means(settled(120.0, exercise=1.0), 30.0), means(settled(120.0, posture="upright"), 30.0)
    assert work["hr"] > 1.5 * rest["hr"] and work["co"] > 1.6 * rest["co"] and abs(work["map"] - rest["map"]) < 25.0
    assert up["hr"] > rest["hr"] and up["co"] < rest["co"] and up["cvp"] < rest["cvp"] - 1.0
    assert up["map"] > 0.9 * rest["map"]
    assert means(settled(120.0, posture="upright", baroreflex=False), 30.0)["map"] < up["map"] - 3.0


@pytest.mark.parametrize("name", sorted(p.stem for p in (CONFIGS / "patients").glob("*.toml")))
def test_every_patient_ends_where_he_ends_whatever_he_started_with(name):
    """The same blood in the end, given or taken after the start: the same steady state."""
    values = tomllib.loads((CONFIGS / "patients" / f"{name}.toml").read_text())["set"] | {"sdnn_ms": 0.0, "breathing": "off"}
    straight = settled(120.0, **values)
    volume = values.get("blood_volume_delta_mL", 0.0)
    bled = settled(10.0, **(values | {"blood_volume_delta_mL": volume - 300.0}))
    bled.set({"patient.blood_volume_delta_mL": volume})
    bled.skip(400.0)
    a, b = means(straight, 20.0), means(bled, 20.0)
    for key in ("map", "co", "lap", "cvp"):
        assert b[key] == pytest.approx(a[key], rel=0.01, abs=0.1), key


def test_reflexing_patients_come_to_rest():
    """No hunting: in sinus rhythm without breath the last minute is flat, from beat to beat."""
    for name in ("healthy", "cardiogenic-shock", "sepsis"):
        values = tomllib.loads((CONFIGS / "patients" / f"{name}.toml").read_text())["set"]
        model = settled(60.0, **(values | {"sdnn_ms": 0.0, "breathing": "off"}))
        model.set({"patient.svr_scale": 1.2 * values.get("svr_scale", 1.0)})
        model.skip(200.0)
        out = model.run(60.0)
        rr = out["rr_s"]
        assert np.ptp(rr) < 0.01, name
