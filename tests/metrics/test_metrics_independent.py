"""The same numbers by plain loops over samples, written without looking at the code under test."""

import math

import numpy as np
import pytest

from controller.metrics import Context, Meter

BSA, V0, A, B = 1.85, 10.0, 0.34, 0.031


def plain(rows, dt, pump):
    """Metrics of one beat of `rows` (list of dicts by signal path), by the text of the definitions."""
    n = len(rows)

    def column(name):
        return [r[name] for r in rows]

    q, lvp, aop, v = (column(f"plant.{x}") for x in ("av_flow_mL_s", "lvp_mmHg", "aop_mmHg", "lvv_mL"))
    qp = column("plant.pump_flow_mL_s")
    opened = next(i for i in range(n) if rows[i]["plant.av_opening"] >= 0.1)
    closed = next(i for i in range(opened, n) if rows[i]["plant.av_opening"] < 0.1)
    while q[closed - 1] <= 0:  # closure is the end of forward flow
        closed -= 1
    minutes = n * dt / 60
    native = sum(q) * dt / 1000 / minutes
    pumped = sum(qp) * dt / 1000 / minutes
    co = native + (pumped if pump else 0)
    mean = sum(aop) / n
    edv_at = max(range(closed), key=lambda i: v[i])
    edv, esv = v[edv_at], min(v[edv_at:])
    area = 0.0
    for i in range(n):
        j = (i + 1) % n
        area += 0.5 * (lvp[i] + lvp[j]) * (v[j] - v[i])
    active = column("plant.activation")
    stiffest_by = max(closed, active.index(max(active)) + 1)
    tm = [lvp[i] - rows[i]["plant.pericardial_mmHg"] for i in range(stiffest_by)]
    at = max(range(stiffest_by), key=lambda i: tm[i] / (v[i] - V0))
    stretch = v[at] - V0
    pe = 0.5 * tm[at] * stretch - (A / B * (math.exp(B * stretch) - 1) - A * stretch)
    total = [a + b for a, b in zip(q, qp, strict=True)] if pump else q
    eep = sum(p * f for p, f in zip(aop, total, strict=True)) / sum(total)
    cor = column("plant.coronary_flow_mL_s")
    ejecting = [i for i in range(opened, closed) if q[i] > 0]
    found = {
        "hr_bpm": 1 / minutes,
        "lvedv_mL": edv,
        "lvesv_mL": esv,
        "stroke_volume_mL": edv - esv,
        "lv_ejection_fraction_pct": 100 * (edv - esv) / edv,
        "stroke_work_mmHg_mL": -area,
        "potential_energy_mmHg_mL": pe,
        "pva_mmHg_mL": pe - area,
        "ees_mmHg_mL": tm[at] / stretch,
        "ea_mmHg_mL": lvp[at] / (edv - esv),
        "map_mmHg": mean,
        "aop_systolic_mmHg": max(aop[opened:closed]),
        "aop_diastolic_mmHg": min(aop),
        "aop_end_diastolic_mmHg": aop[opened - 1],
        "co_L_min": co,
        "native_co_L_min": native,
        "cardiac_index_L_min_m2": co / BSA,
        "cpo_W": mean * co / 451,
        "svr_dyn_s_cm5": 80 * (mean - sum(column("plant.cvp_mmHg")) / n) / co,
        "spti_mmHg_s": sum(lvp[:closed]) * dt,
        "dpti_mmHg_s": sum(aop[i] - lvp[i] for i in range(closed, n)) * dt,
        "ar_volume_mL": sum(max(-x, 0) for x in q) * dt,
        "ar_fraction_pct": 100 * sum(max(-x, 0) for x in q) / sum(max(x, 0) for x in q),
        "mr_volume_mL": sum(max(-x, 0) for x in column("plant.mv_flow_mL_s")) * dt,
        "aortic_gradient_mean_mmHg": sum(lvp[i] - aop[i] for i in ejecting) / len(ejecting),
        "coronary_flow_mL_min": 60 * sum(cor) / n,
        "coronary_diastolic_pct": 100 * sum(cor[closed:]) / sum(cor),
        "eep_mmHg": eep,
        "she_erg_cm3": 1332 * (eep - mean),
        "aortic_valve_open_pct": 100 * sum(r["plant.av_opening"] >= 0.1 for r in rows) / n,
    }
    if pump:
        found["pump_flow_L_min"] = pumped
        found["device_share_pct"] = 100 * pumped / co
        found["pulsatility"] = (max(qp) - min(qp)) / (sum(qp) / n)
    return found


@pytest.mark.parametrize("pump", [False, True])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_same_as_plain_loops(heart, seed, pump):
    """Random, smooth disturbances on every signal: no coincidence of round numbers is left."""
    random = np.random.default_rng(seed)
    frames = heart([0.8, 0.7, 0.9, 0.8])
    t = frames["time.t_s"]
    for name in frames.dtype.names:
        if name.startswith("plant.") and name not in ("plant.beat", "plant.av_opening", "plant.balloon_mL"):
            frames[name] += random.uniform(0.2, 2.0) * np.sin(random.uniform(3, 9) * t + random.uniform(0, 6))
    frames["plant.pump_flow_mL_s"] += 40.0
    context = Context(bsa_m2=BSA, lv_v0_mL=V0, lv_a_mmHg=A, lv_b_per_mL=B, pump_device="impella-cp" if pump else "none")
    beats = Meter(context).push(frames)
    assert len(beats) == 2
    for beat in beats:
        part = frames[frames["plant.beat"] == beat.number]
        expected = plain([dict(zip(part.dtype.names, row.tolist(), strict=True)) for row in part], 1e-3, pump)
        for name, value in expected.items():
            assert beat.values[name] == pytest.approx(value, rel=1e-9, abs=1e-9), name
