"""The metrics that limits may name, their units, and the channels a bench without a patient model needs to give them."""

from __future__ import annotations

from functools import cache

from cext.tables.metrics import metrics
from cext.tables.models import MODELLED

# Inputs that a metric is made of when metrics come from the inputs (controller/metrics: quantities, pressures, flows, work,
# derived). A metric that is not here needs the patient model.
_MADE_OF: dict[tuple[str, ...], str] = {
    (): "hr_bpm",
    ("lvp_mmHg",): "lvedp_mmHg lvp_peak_mmHg lv_dpdt_max_mmHg_s lv_dpdt_min_mmHg_s tau_ms spti_mmHg_s",
    ("lvv_mL",): "lvedv_mL lvesv_mL stroke_volume_mL lv_ejection_fraction_pct",
    ("lvp_mmHg", "lvv_mL"): "stroke_work_mmHg_mL ea_mmHg_mL",
    ("aop_mmHg",): "aop_systolic_mmHg aop_diastolic_mmHg map_mmHg aop_pulse_mmHg aop_end_diastolic_mmHg aop_augmented_mmHg "
    "aop_end_diastolic_assisted_mmHg aop_end_diastolic_unassisted_mmHg",
    ("aop_mmHg", "lvp_mmHg"): "dpti_mmHg_s sevr",
    ("aop_mmHg", "lvp_mmHg", "aortic_flow_L_min"): "aortic_gradient_mean_mmHg",
    ("lap_mmHg",): "lap_mean_mmHg",
    ("cvp_mmHg",): "cvp_mmHg",
    ("pap_mmHg",): "pap_systolic_mmHg pap_diastolic_mmHg pap_mean_mmHg",
    ("pap_mmHg", "cvp_mmHg"): "papi",
    ("rvp_mmHg",): "rvedp_mmHg",
    ("aortic_flow_L_min",): "co_L_min native_co_L_min cardiac_index_L_min_m2 ar_volume_mL ar_fraction_pct "
    "aortic_valve_open_pct",
    ("aortic_flow_L_min", "aop_mmHg"): "cpo_W eep_mmHg she_erg_cm3",
    ("aortic_flow_L_min", "aop_mmHg", "cvp_mmHg"): "svr_dyn_s_cm5",
    ("aortic_flow_L_min", "pap_mmHg", "lap_mmHg"): "pvr_dyn_s_cm5",
    ("pump_flow_L_min",): "pump_flow_L_min pulsatility",
    ("pump_flow_L_min", "aortic_flow_L_min"): "device_share_pct",
}


@cache
def units() -> dict[str, str]:
    """Unit of every metric by name."""
    return {name: row.unit for name, row in metrics().items()}


# Signals of the model that a metric needs, where those are not in every circulation model.
_OF_THE_MODEL: dict[tuple[str, ...], str] = {
    ("cvp_mmHg",): "cvp_mmHg svr_dyn_s_cm5",
    ("pap_mmHg",): "pap_systolic_mmHg pap_diastolic_mmHg pap_mean_mmHg pvr_dyn_s_cm5",
    ("pap_mmHg", "cvp_mmHg"): "papi",
    ("rvp_mmHg",): "rvedp_mmHg",
    ("coronary_flow_mL_s",): "coronary_flow_mL_min coronary_diastolic_pct",
    ("limb_flow_mL_s",): "limb_flow_mL_min",
    ("rpump_flow_mL_s",): "rpump_flow_L_min",
    ("ecmo_flow_mL_s",): "ecmo_flow_L_min",
    ("balloon_mL",): "aop_augmented_mmHg aop_end_diastolic_assisted_mmHg iabp_inflation_error_ms iabp_deflation_error_ms "
    "iabp_volume_mL",
}


def plant_signals(metric: str) -> tuple[str, ...]:
    """Paths of the patient model's signals without which a metric is never known, of those that not every model has."""
    return tuple(f"{MODELLED}{one}" for signals, names in _OF_THE_MODEL.items() if metric in names.split() for one in signals)


@cache
def made_of() -> dict[str, tuple[str, ...]]:
    """Channels (names of inputs) by metric, for those that inputs alone can give."""
    return {name: channels for channels, names in _MADE_OF.items() for name in names.split()}
