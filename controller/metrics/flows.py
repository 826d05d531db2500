"""Flows of a beat: valves, pump, coronaries, limbs."""

from __future__ import annotations

import numpy as np

from controller.metrics.beat import Beat
from controller.metrics.context import Absent

L_MIN = 0.06  # L/min per mL/s
# A quotient over a smaller mean flow has no meaning: .01 L/min is below what any probe resolves.
LEAST_FLOW_mL_S = 0.01 / L_MIN


def _needs_pump(beat: Beat) -> None:
    if beat.context.pump_device == "none":
        raise Absent("no rotary pump is fitted (pump.device = none)")


def _into_aorta_mL_s(beat: Beat) -> float:
    """Mean of all flow into the aorta: aortic valve and, where fitted, the left pump."""
    valve = beat.mean("av_flow_mL_s")
    return valve if beat.context.pump_device == "none" else valve + beat.mean("pump_flow_mL_s")


def _systemic_mL_s(beat: Beat) -> float:
    """All that flows into the arteries: aortic valve, left pump and ECMO."""
    return _into_aorta_mL_s(beat) + (beat.mean("ecmo_flow_mL_s") if beat.context.ecmo_enabled else 0.0)


def rpump_flow_L_min(beat: Beat) -> float:
    if beat.context.rpump_device == "none":
        raise Absent("no right pump is fitted (rpump.device = none)")
    return beat.mean("rpump_flow_mL_s") * L_MIN


def ecmo_flow_L_min(beat: Beat) -> float:
    if not beat.context.ecmo_enabled:
        raise Absent("no ECMO circuit is open (ecmo.enabled = off)")
    return beat.mean("ecmo_flow_mL_s") * L_MIN


def native_co_L_min(beat: Beat) -> float:
    return beat.mean("av_flow_mL_s") * L_MIN


def pump_flow_L_min(beat: Beat) -> float:
    _needs_pump(beat)
    return beat.mean("pump_flow_mL_s") * L_MIN


def co_L_min(beat: Beat) -> float:
    return _systemic_mL_s(beat) * L_MIN


def cardiac_index_L_min_m2(beat: Beat) -> float:
    if beat.context.bsa_m2 is None:
        raise Absent("the body surface area is not known (patient.bsa_m2)")
    return co_L_min(beat) / beat.context.bsa_m2


def pulsatility(beat: Beat) -> float:
    beat.needs_activation()
    _needs_pump(beat)
    mean = beat.mean("pump_flow_mL_s")
    if mean < LEAST_FLOW_mL_S:
        raise Absent(f"mean pump flow of {mean * L_MIN:.2f} L/min is not forward: no pulsatility")
    return (beat.highest("pump_flow_mL_s") - beat.lowest("pump_flow_mL_s")) / mean


def suction_pct(beat: Beat) -> float:
    _needs_pump(beat)
    return 100.0 * beat.mean("suction")


def aortic_valve_open_pct(beat: Beat) -> float:
    if beat.has("av_opening"):
        return 100.0 * float(np.count_nonzero(beat.get("av_opening") >= 0.1)) / beat.n
    beat.needs_activation()
    beat.get("av_flow_mL_s")
    try:
        opening, closure = beat.ejection
    except Absent as cause:
        if "shut" in str(cause):
            return 0.0
        raise
    return 100.0 * (closure - opening) / beat.n


def _backward_mL(beat: Beat, valve: str) -> float:
    beat.needs_activation()
    return float(np.maximum(-beat.get(valve), 0.0).sum()) * beat.dt_s


def ar_volume_mL(beat: Beat) -> float:
    return _backward_mL(beat, "av_flow_mL_s")


def ar_fraction_pct(beat: Beat) -> float:
    """RVol/∫max(q, 0)dt; what flows forward is the net volume and what came back."""
    backward = ar_volume_mL(beat)
    forward = beat.mean("av_flow_mL_s") * beat.n * beat.dt_s + backward
    if forward < LEAST_FLOW_mL_S * beat.duration_s:
        raise Absent("no forward flow through the aortic valve in this beat")
    return 100.0 * backward / forward


def mr_volume_mL(beat: Beat) -> float:
    return _backward_mL(beat, "mv_flow_mL_s")


def mr_fraction_pct(beat: Beat) -> float:
    """RVol/(RVol + forward stroke volume); with a left pump its volume is forward too."""
    backward = mr_volume_mL(beat)
    forward = _into_aorta_mL_s(beat) * beat.n * beat.dt_s
    if forward < LEAST_FLOW_mL_S * beat.duration_s:
        raise Absent("no net forward flow out of the LV in this beat")
    return 100.0 * backward / (backward + forward)


def aortic_gradient_mean_mmHg(beat: Beat) -> float:
    opening, closure = beat.ejection
    drop = beat.get("lvp_mmHg")[opening:closure] - beat.get("aop_mmHg")[opening:closure]
    return float(drop[beat.get("av_flow_mL_s")[opening:closure] > 0.0].mean())


def coronary_flow_mL_min(beat: Beat) -> float:
    return 60.0 * beat.mean("coronary_flow_mL_s")


def coronary_diastolic_pct(beat: Beat) -> float:
    flow = beat.get("coronary_flow_mL_s")
    diastolic, total = float(flow[beat.systole_end :].sum()), beat.mean("coronary_flow_mL_s") * beat.n
    if total * 60.0 / beat.n < 1.0:
        raise Absent("coronary flow is below 1 mL/min: no share of diastole")
    return 100.0 * diastolic / total


def limb_flow_mL_min(beat: Beat) -> float:
    return 60.0 * beat.mean("limb_flow_mL_s")


def visceral_flow_mL_min(beat: Beat) -> float:
    return 60.0 * beat.mean("visceral_flow_mL_s")


def upper_body_flow_mL_min(beat: Beat) -> float:
    return 60.0 * beat.mean("upper_flow_mL_s")


def eep_mmHg(beat: Beat) -> float:
    """Energy-equivalent pressure ∫P·Q dt / ∫Q dt, Q all flow into the arteries: of the valve alone it would be that of the systole."""
    flow = _systemic_mL_s(beat)
    if flow < LEAST_FLOW_mL_S:
        raise Absent("no net flow into the arteries in this beat")
    pressure = beat.get("aop_mmHg")
    work = float(pressure @ beat.get("av_flow_mL_s"))
    if beat.context.pump_device != "none":
        work += float(pressure @ beat.get("pump_flow_mL_s"))
    if beat.context.ecmo_enabled:
        work += float(pressure @ beat.get("ecmo_flow_mL_s"))
    return work / (flow * beat.n)


METRICS = {
    f.__name__: f
    for f in (
        co_L_min,
        native_co_L_min,
        pump_flow_L_min,
        rpump_flow_L_min,
        ecmo_flow_L_min,
        cardiac_index_L_min_m2,
        ar_volume_mL,
        ar_fraction_pct,
        mr_volume_mL,
        mr_fraction_pct,
        aortic_gradient_mean_mmHg,
        coronary_flow_mL_min,
        coronary_diastolic_pct,
        limb_flow_mL_min,
        visceral_flow_mL_min,
        upper_body_flow_mL_min,
        eep_mmHg,
        pulsatility,
        aortic_valve_open_pct,
        suction_pct,
    )
}
