"""Pressures of a beat, their slopes, and the time constant of relaxation."""

from __future__ import annotations

import math

import numpy as np

from controller.metrics.beat import Beat
from controller.metrics.context import Absent

# Fewer samples than this between dP/dt min and LVEDP + 5 mmHg say nothing about a time constant.
LEAST_RELAXATION_SAMPLES = 8
LONGEST_TAU_S = 1.0  # beyond it the fall is a straight line


def lvedp_mmHg(beat: Beat) -> float:
    beat.needs_activation()
    return float(beat.get("lvp_mmHg")[0])


def rvedp_mmHg(beat: Beat) -> float:
    beat.needs_activation()
    return float(beat.get("rvp_mmHg")[0])


def lvp_peak_mmHg(beat: Beat) -> float:
    beat.needs_activation()
    return beat.highest("lvp_mmHg")


def lv_dpdt_max_mmHg_s(beat: Beat) -> float:
    beat.needs_activation()
    return float(beat.slope_mmHg_s.max())


def lv_dpdt_min_mmHg_s(beat: Beat) -> float:
    beat.needs_activation()
    return float(beat.slope_mmHg_s.min())


def tau_ms(beat: Beat) -> float:
    """P = P0·exp(−t/τ) + P∞ from dP/dt min to LVEDP + 5 mmHg (Weiss 1976, with asymptote).

    The exponential obeys P(t) − P(0) = −(1/τ)·∫(P − P∞)dt, which is linear in 1/τ and P∞/τ (Jacquelin): least squares of
    the pressure on its trapezoid integral and time. Of sampled exponentials the trapezoid gives (2/dt)·tanh(dt/2τ)
    instead of 1/τ, which is undone exactly.
    """
    beat.needs_activation()
    pressure = beat.get("lvp_mmHg")
    begin = int(beat.slope_mmHg_s.argmin()) + beat.slope_half_width
    floor = float(pressure[0]) + 5.0
    low = np.flatnonzero(pressure[begin:] <= floor)
    end = begin + int(low[0]) if len(low) else beat.n
    fall = pressure[begin:end]
    if len(fall) < LEAST_RELAXATION_SAMPLES:
        raise Absent(f"{len(fall)} samples between dP/dt min and LVEDP + 5 mmHg are too few for a time constant")
    t = np.arange(len(fall)) * beat.dt_s
    drop = fall - fall[0]
    area = np.concatenate(([0.0], np.cumsum(0.5 * (drop[1:] + drop[:-1])))) * beat.dt_s
    # drop = a·area + b·t
    aa, at, tt = float(area @ area), float(area @ t), float(t @ t)
    ad, td = float(area @ drop), float(t @ drop)
    determinant = aa * tt - at * at
    # A constant pressure leaves no determinant, a straight line no curvature.
    argument = -(ad * tt - td * at) / determinant * beat.dt_s / 2.0 if determinant > 1e-12 * aa * tt else 0.0
    tau = beat.dt_s / (2.0 * math.atanh(argument)) if 0.0 < argument < 1.0 else math.inf
    if tau > LONGEST_TAU_S:
        raise Absent("LV pressure does not fall exponentially after dP/dt min")
    return 1000.0 * tau


def aop_systolic_mmHg(beat: Beat) -> float:
    pressure = beat.get("aop_mmHg")
    # A pump that goes on while the ventricle relaxes carries the peak beyond closure.
    context = beat.context
    if (context.pump_device != "none" or context.ecmo_enabled) and not context.iabp_enabled:
        beat.needs_activation()
        return float(pressure.max())
    # From opening on: before it, the tail of a balloon's inflation may stand higher than the systole.
    try:
        opening = beat.ejection[0]
    except Absent:
        opening = 0
    return float(pressure[opening : max(beat.systole_end, opening + 1)].max())


def aop_diastolic_mmHg(beat: Beat) -> float:
    beat.needs_activation()
    return beat.lowest("aop_mmHg")


def aop_end_diastolic_mmHg(beat: Beat) -> float:
    pressure = beat.get("aop_mmHg")
    return float(pressure[beat.end_diastole])


def map_mmHg(beat: Beat) -> float:
    return beat.mean("aop_mmHg")


def lap_mean_mmHg(beat: Beat) -> float:
    return beat.mean("lap_mmHg")


def cvp_mmHg(beat: Beat) -> float:
    return beat.mean("cvp_mmHg")


def pap_systolic_mmHg(beat: Beat) -> float:
    beat.needs_activation()
    return beat.highest("pap_mmHg")


def pap_diastolic_mmHg(beat: Beat) -> float:
    beat.needs_activation()
    return beat.lowest("pap_mmHg")


def pap_mean_mmHg(beat: Beat) -> float:
    return beat.mean("pap_mmHg")


def dpti_mmHg_s(beat: Beat) -> float:
    end = beat.systole_end
    return float((beat.get("aop_mmHg")[end:] - beat.get("lvp_mmHg")[end:]).sum()) * beat.dt_s


def spti_mmHg_s(beat: Beat) -> float:
    return float(beat.get("lvp_mmHg")[: beat.systole_end].sum()) * beat.dt_s


METRICS = {
    f.__name__: f
    for f in (
        lvedp_mmHg,
        lvp_peak_mmHg,
        lv_dpdt_max_mmHg_s,
        lv_dpdt_min_mmHg_s,
        tau_ms,
        aop_systolic_mmHg,
        aop_diastolic_mmHg,
        map_mmHg,
        aop_end_diastolic_mmHg,
        lap_mean_mmHg,
        cvp_mmHg,
        pap_systolic_mmHg,
        pap_diastolic_mmHg,
        pap_mean_mmHg,
        rvedp_mmHg,
        dpti_mmHg_s,
        spti_mmHg_s,
    )
}
