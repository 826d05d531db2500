"""The metrics that limits may name, and their units (interfaces: `mockloop list metrics`)."""

from __future__ import annotations

from functools import cache

_NAMES = """
hr_bpm lv_ejection_fraction_pct lvedv_mL lvesv_mL stroke_volume_mL lvedp_mmHg lvp_peak_mmHg lv_dpdt_max_mmHg_s
lv_dpdt_min_mmHg_s tau_ms aop_systolic_mmHg aop_diastolic_mmHg map_mmHg aop_pulse_mmHg aop_end_diastolic_mmHg
aop_augmented_mmHg aop_end_diastolic_assisted_mmHg aop_end_diastolic_unassisted_mmHg lap_mean_mmHg cvp_mmHg
pap_systolic_mmHg pap_diastolic_mmHg pap_mean_mmHg rvedp_mmHg co_L_min native_co_L_min pump_flow_L_min
cardiac_index_L_min_m2 coronary_flow_mL_min coronary_diastolic_pct stroke_work_mmHg_mL pva_mmHg_mL cpo_W svr_dyn_s_cm5
pvr_dyn_s_cm5 papi ea_mmHg_mL ees_mmHg_mL potential_energy_mmHg_mL dpti_mmHg_s spti_mmHg_s sevr pulsatility eep_mmHg
she_erg_cm3 device_share_pct limb_flow_mL_min aortic_valve_open_pct suction_pct haemolysis_index iabp_inflation_error_ms
iabp_deflation_error_ms iabp_volume_mL
"""
_SUFFIXES = {
    "_L_min_m2": "L/min/m2", "_L_min": "L/min", "_mL_min": "mL/min", "_mmHg_mL": "mmHg·mL", "_mmHg_s": "mmHg·s",
    "_mmHg": "mmHg",
    "_dyn_s_cm5": "dyn·s/cm5", "_erg_cm3": "erg/cm3", "_pct": "%", "_bpm": "bpm", "_mL": "mL", "_ms": "ms", "_W": "W",
}  # fmt: skip


@cache
def units() -> dict[str, str]:
    """Unit of every metric by name."""
    return {name: next((u for end, u in _SUFFIXES.items() if name.endswith(end)), "") for name in _NAMES.split()}
