"""Metrics that are formulas of other metrics: of a beat, and again of the means of a window.

Over a window they are computed from the means, so that a table row of means satisfies its own formulas.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from controller.metrics.context import Absent

LEAST_CO_L_MIN = 0.1  # below it a resistance is a division by noise
LEAST_CVP_mmHg = 0.5


class Means:
    """Values of metrics by name; asking for an absent one raises Absent with its own reason."""

    def __init__(self, values: Mapping[str, float | None], reasons: Mapping[str, str]) -> None:
        self._values, self._reasons = values, reasons

    def __getitem__(self, name: str) -> float:
        value = self._values.get(name)
        if value is None:
            raise Absent(self._reasons.get(name, f"{name} is not known"))
        return value


def _co(of: Means) -> float:
    co = of["co_L_min"]
    if co < LEAST_CO_L_MIN:
        raise Absent(f"cardiac output of {co:.2f} L/min is below {LEAST_CO_L_MIN} L/min: no resistance")
    return co


def stroke_volume_mL(of: Means) -> float:
    return of["lvedv_mL"] - of["lvesv_mL"]


def aop_pulse_mmHg(of: Means) -> float:
    return of["aop_systolic_mmHg"] - of["aop_diastolic_mmHg"]


def lv_ejection_fraction_pct(of: Means) -> float:
    stroke, end_diastolic = of["stroke_volume_mL"], of["lvedv_mL"]
    if end_diastolic < 1.0:
        raise Absent(f"end-diastolic volume of {end_diastolic:.2f} mL is below 1 mL: no ejection fraction")
    return 100.0 * stroke / end_diastolic


def pva_mmHg_mL(of: Means) -> float:
    return of["stroke_work_mmHg_mL"] + of["potential_energy_mmHg_mL"]


def cpo_W(of: Means) -> float:
    return of["map_mmHg"] * of["co_L_min"] / 451.0


def svr_dyn_s_cm5(of: Means) -> float:
    return 80.0 * (of["map_mmHg"] - of["cvp_mmHg"]) / _co(of)


def pvr_dyn_s_cm5(of: Means) -> float:
    return 80.0 * (of["pap_mean_mmHg"] - of["lap_mean_mmHg"]) / _co(of)


def papi(of: Means) -> float:
    cvp = of["cvp_mmHg"]
    if cvp < LEAST_CVP_mmHg:
        raise Absent(f"central venous pressure of {cvp:.1f} mmHg is below {LEAST_CVP_mmHg} mmHg: no index")
    return (of["pap_systolic_mmHg"] - of["pap_diastolic_mmHg"]) / cvp


def sevr(of: Means) -> float:
    systolic = of["spti_mmHg_s"]
    if systolic < 0.1:
        raise Absent(f"systolic pressure-time index of {systolic:.2f} mmHg s is below 0.1: no ratio")
    return of["dpti_mmHg_s"] / systolic


def she_erg_cm3(of: Means) -> float:
    return 1332.0 * (of["eep_mmHg"] - of["map_mmHg"])


def device_share_pct(of: Means) -> float:
    device = _flow_of_devices(of)
    total = device + of["native_co_L_min"]
    if total < LEAST_CO_L_MIN:
        raise Absent(f"flow of devices and aortic valve together is {total:.2f} L/min: no share")
    return 100.0 * device / total


def _flow_of_devices(of: Means) -> float:
    """Left pump and ECMO, as far as there are any. Raises Absent without either."""
    found = []
    why = ""
    for name in ("pump_flow_L_min", "ecmo_flow_L_min"):
        try:
            found.append(of[name])
        except Absent as cause:
            why = why or str(cause)
    if not found:
        raise Absent(why)
    return sum(found)


METRICS: dict[str, Callable[[Means], float]] = {
    f.__name__: f
    for f in (
        stroke_volume_mL,
        aop_pulse_mmHg,
        lv_ejection_fraction_pct,
        pva_mmHg_mL,
        cpo_W,
        svr_dyn_s_cm5,
        pvr_dyn_s_cm5,
        papi,
        sevr,
        she_erg_cm3,
        device_share_pct,
    )
}
