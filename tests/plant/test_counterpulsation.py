"""The balloon in cardiogenic shock with ideal timing: signs and sizes of the textbook, falling with the assist ratio.

Ideal: 10 % of the fill at the unassisted closure of the aortic valve, less than 10 % left when it would open. Assisted
beats are those whose diastole the balloon fills; end-diastolic and systolic pressure are those of the beat that follows,
which it unloads. SPTI runs from the onset to closure, DPTI from there to the next onset.
"""

import tomllib
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from cext.plant.model import PlantModel

CONFIGS = Path(__file__).parents[2] / "configs"
BALLOON = tomllib.loads((CONFIGS / "devices" / "iabp-40.toml").read_text())
SHOCK = {
    f"patient.{k}": v for k, v in tomllib.loads((CONFIGS / "patients" / "cardiogenic-shock.toml").read_text())["set"].items()
} | {"patient.sdnn_ms": 0.0, "patient.breathing": "off"}
RR = 60.0 / SHOCK["patient.hr_bpm"]
NOMINAL = BALLOON["balloon"]["nominal_mL"]


def edges(out):
    return np.flatnonzero(np.diff(out["beat"]) > 0) + 1


@cache
def timing():
    """Opening and closure of the unassisted aortic valve after the onset, delays of filling and emptying; all in ms."""
    model = PlantModel(SHOCK, balloon=BALLOON)
    out = model.run(20.0, valve_vacuum=1.0)
    start, end = edges(out)[-3:-1]
    forward = np.flatnonzero(out["av_flow_mL_s"][start:end] > 1.0)
    filling = model.run(0.6, valve_pressure=1.0)["balloon_mL"]
    emptying = model.run(0.6, valve_vacuum=1.0)["balloon_mL"]
    return forward[0], forward[-1], int(np.argmax(filling > 0.1 * NOMINAL)), int(np.argmax(emptying < 0.1 * NOMINAL))


@cache
def assisted(n, inflate_ms=0, deflate_ms=0):
    """Beats 1:n (0: none) with the two edges moved by so many ms from the ideal, beat by beat, since the reflex moves the rate; the last
    20 s of a minute."""
    opening, closure, fill, empty = timing()
    model = PlantModel(SHOCK, balloon=BALLOON)
    state, parts, k, full_until = model.state, [], 0, 0.0
    end = state["t"] + 60.0
    while state["t"] < end:
        onset, rr = state["onset_s"], RR * state["tone"]["period"]
        t = state["t"] + 1e-3 * np.arange(round(1e3 * (onset + rr + 0.03 - state["t"])))  # until just after the next onset
        a = onset + 1e-3 * (closure - fill + inflate_ms)
        b = onset + rr + 1e-3 * (opening - empty - 2 + deflate_ms)
        inflated = (t < full_until).astype(float)
        if n and k % n == 0:
            inflated[(t >= a) & (t < b)] = 1.0
            full_until = b
        parts.append(model.run(1e-3 * len(t), valve_pressure=inflated, valve_vacuum=1.0 - inflated))
        state, k = model.state, k + 1
    return {name: np.concatenate([part[name] for part in parts])[-20_000:] for name in parts[0]}


@cache
def effect(n, inflate_ms=0, deflate_ms=0):
    out = assisted(n, inflate_ms, deflate_ms)
    beats = edges(out)
    whole = slice(beats[0], beats[1 + (len(beats) - 2) // 4 * 4])
    rows = []
    for a, b, c in zip(beats[:-2], beats[1:-1], beats[2:], strict=True):
        aop, lvp, q = (out[k][a:c] for k in ("aop_mmHg", "lvp_mmHg", "av_flow_mL_s"))
        now, after = np.flatnonzero(q[: b - a] > 1.0), np.flatnonzero(q[b - a :] > 1.0) + b - a
        rows.append({
            "assisted": out["balloon_mL"][a:b].max() > 0.5 * NOMINAL or n == 0,
            "augmented": aop[now[-1] : b - a].max(),
            "end_diastolic": aop[b - a : after[0] + 15].min(),
            "systolic": aop[after].max(),
            "dpti": (aop - lvp)[now[-1] + 1 : b - a].sum(),
            "spti": lvp[: now[-1] + 1].sum(),
        })  # fmt: skip
    chosen = [r for r in rows if r["assisted"]]
    m = {k: np.mean([r[k] for r in chosen]) for k in ("augmented", "end_diastolic", "systolic")}
    m["supply"] = np.mean([r["dpti"] for r in rows]) / np.mean([r["spti"] for r in rows])
    m["spti"] = 1e-3 * np.mean([r["spti"] for r in rows])
    m["lvedp"] = out["lvp_mmHg"][beats].mean()
    m["lap"] = out["lap_mmHg"][whole].mean()
    m["co"] = 0.06 * out["systemic_flow_mL_s"][whole].mean()
    return m


def test_sizes_at_one_to_one():
    off, on = effect(0), effect(1)
    found = {
        "augmentation": (on["augmented"] - off["end_diastolic"], 20.0, 40.0),  # of the diastolic pressure
        "augmented - systolic": (on["augmented"] - on["systolic"], 0.0, 40.0),
        "end-diastolic mmHg": (on["end_diastolic"] - off["end_diastolic"], -15.0, -10.0),
        "systolic %": (100 * (on["systolic"] / off["systolic"] - 1), -15.0, -5.0),
        "LVEDP %": (100 * (on["lvedp"] / off["lvedp"] - 1), -20.0, -10.0),
        "LAP %": (100 * (on["lap"] / off["lap"] - 1), -20.0, -10.0),
        "CO L/min": (on["co"] - off["co"], 0.5, 1.0),
        "DPTI/SPTI %": (100 * (on["supply"] / off["supply"] - 1), 30.0, 60.0),
    }
    for name, (value, low, high) in found.items():
        assert low <= value <= high, f"{name}: {value:.2f}, {low:g} to {high:g}; all: {found}"


def test_support_falls_with_the_ratio():
    off, full, half, third, quarter = (effect(n) for n in (0, 1, 2, 3, 4))
    for key, sign in (("co", 1), ("lap", -1), ("lvedp", -1), ("supply", 1)):
        gains = [sign * (x[key] - off[key]) for x in (full, half, third, quarter)]
        assert gains == sorted(gains, reverse=True) and gains[-1] > 0, (key, gains)


def test_wrong_timing_costs_what_the_table_says():
    off, right = effect(0), effect(1)
    early_inflation, late_inflation, very_late = (effect(1, inflate_ms=ms) for ms in (-80, 80, 160))
    early_deflation, late_deflation = effect(1, deflate_ms=-150), effect(1, deflate_ms=160)
    assert early_inflation["co"] < right["co"] - 0.02  # the valve is shut early, stroke volume falls
    assert late_inflation["supply"] < 0.95 * right["supply"] and late_inflation["co"] < right["co"] - 0.05
    assert very_late["augmented"] < right["augmented"] - 1.5  # the peak itself holds longer than the area under it
    assert early_deflation["end_diastolic"] > right["end_diastolic"] + 3.0  # back up, little unloading
    assert early_deflation["lap"] > right["lap"] and early_deflation["co"] < right["co"]
    assert late_deflation["end_diastolic"] > off["end_diastolic"]  # the ventricle works against the balloon
    assert late_deflation["spti"] > right["spti"] + 1.0  # mmHg s
    assert late_deflation["co"] < right["co"] - 0.05 and late_deflation["lap"] > right["lap"]


def test_the_balloon_drives_blood_back_through_a_leaking_valve():
    by_the_clock = SHOCK | {"patient.baroreflex": False}

    def regurgitated(vacuum, inflated):
        model = PlantModel(by_the_clock | {"patient.ar_area_cm2": 0.2}, balloon=BALLOON)
        out = model.run(60.0, valve_pressure=inflated, valve_vacuum=vacuum)
        return -np.minimum(out["av_flow_mL_s"][-20_000:], 0.0).mean()

    opening, closure, fill, empty = timing()
    on = PlantModel(by_the_clock, balloon=BALLOON).state["onset_s"]
    phase = (1e-3 * np.arange(60_000) - on) % RR * 1e3
    inflated = ((phase >= closure - fill) & (phase < 1e3 * RR + opening - empty)).astype(float)
    assert regurgitated(1.0 - inflated, inflated) > 1.1 * regurgitated(1.0, 0.0)


def test_the_pump_unloads_more_the_faster_it_turns():
    pump = tomllib.loads((CONFIGS / "devices" / "impella-cp.toml").read_text())
    flow, lap, co, current = [], [], [], []
    for level in ("P-2", "P-5", "P-9"):
        model = PlantModel(SHOCK, pump=pump)
        model.skip(40.0, pump_speed_rpm=pump["levels_rpm"][level], pump_enable=1.0)
        out = model.run(10.0, pump_speed_rpm=pump["levels_rpm"][level], pump_enable=1.0)
        flow.append(out["pump_flow_mL_s"].mean())
        lap.append(out["lap_mmHg"].mean())
        co.append(out["systemic_flow_mL_s"].mean())
        current.append(np.ptp(out["pump_current_A"]))
    assert flow == sorted(flow) and lap == sorted(lap, reverse=True) and co == sorted(co)
    assert min(current) > 0.02  # pulsatile: the pump lies across the valve
    stopped = PlantModel(SHOCK, pump=pump).run(30.0)["pump_flow_mL_s"][-5000:]
    assert stopped.mean() == pytest.approx(-14.0, abs=6.0)  # an open tube across the valve leaks
