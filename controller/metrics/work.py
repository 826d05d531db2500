"""Volumes of the left ventricle, the pressure-volume loop, elastances."""

from __future__ import annotations

import math

from controller.metrics.beat import Beat
from controller.metrics.context import Absent

# A quotient over less than this has no meaning: the ventricle does not eject, or stands at its unstressed volume.
LEAST_VOLUME_mL = 1.0


def hr_bpm(beat: Beat) -> float:
    beat.needs_activation()
    return 60.0 / beat.duration_s


def lvedv_mL(beat: Beat) -> float:
    return float(beat.get("lvv_mL")[beat.fullest])


def lvesv_mL(beat: Beat) -> float:
    return float(beat.get("lvv_mL")[beat.fullest :].min())


def stroke_work_mmHg_mL(beat: Beat) -> float:
    """∮P dV by the area of the polygon of samples, closed by a straight line; work done by the ventricle is positive."""
    beat.needs_activation()
    p = beat.get("lvp_mmHg") - beat.mean("lvp_mmHg")  # the area does not depend on the origin, its rounding does
    v = beat.get("lvv_mL") - beat.mean("lvv_mL")
    cross = float(v[:-1] @ p[1:] - v[1:] @ p[:-1]) + float(v[-1] * p[0] - v[0] * p[-1])
    return 0.5 * cross


def _end_systole(beat: Beat) -> tuple[int, float, float]:
    """(sample, transmural pressure, stretch V − V0) where their quotient is greatest; V0 has to be known.

    Looked for until the later of closure and the peak of the activation: a ventricle that ejects against little is done
    before it is stiffest.
    """
    v0 = beat.context.lv_v0_mL
    if v0 is None:
        raise Absent("the unstressed volume V0 of the LV is not known on this bench (patient.lv_v0_mL)")
    end = beat.systole_end
    if beat.has("activation"):
        end = max(end, int(beat.get("activation").argmax()) + 1)
    pressure = beat.get("lvp_mmHg")[:end]
    if beat.has("pericardial_mmHg"):
        pressure = pressure - beat.get("pericardial_mmHg")[:end]
    stretch = beat.get("lvv_mL")[:end] - v0
    if not float(stretch.min()) >= LEAST_VOLUME_mL:
        raise Absent(f"the LV empties to its unstressed volume of {v0:g} mL: no elastance")
    at = int((pressure / stretch).argmax())
    return at, float(pressure[at]), float(stretch[at])


def ees_mmHg_mL(beat: Beat) -> float:
    _, pressure, stretch = _end_systole(beat)
    return pressure / stretch


def ea_mmHg_mL(beat: Beat) -> float:
    pressure = beat.get("lvp_mmHg")
    at = beat.systole_end - 1 if beat.context.lv_v0_mL is None else _end_systole(beat)[0]
    stroke = lvedv_mL(beat) - lvesv_mL(beat)
    if stroke < LEAST_VOLUME_mL:
        raise Absent(f"stroke volume of {stroke:.2f} mL is below {LEAST_VOLUME_mL:g} mL: no arterial elastance")
    return float(pressure[at]) / stroke


def potential_energy_mmHg_mL(beat: Beat) -> float:
    """½·ESP·(ESV − V0) less the area under the diastolic curve from V0 to ESV: A·(exp(B·(V − V0)) − 1), or E_min·(V − V0)."""
    _, pressure, stretch = _end_systole(beat)
    context = beat.context
    if context.lv_e_min_mmHg_mL is not None:
        return 0.5 * pressure * stretch - 0.5 * context.lv_e_min_mmHg_mL * stretch * stretch
    a, b = context.lv_a_mmHg, context.lv_b_per_mL
    if a is None or b is None:
        raise Absent("the diastolic curve of the LV is not known on this bench")
    try:
        diastolic = a * (math.expm1(b * stretch) / b - stretch) if b else 0.0
    except OverflowError:
        raise Absent(f"LV volume of {stretch:g} mL above V0 is beyond every physical value") from None
    return 0.5 * pressure * stretch - diastolic


METRICS = {
    f.__name__: f
    for f in (
        hr_bpm,
        lvedv_mL,
        lvesv_mL,
        stroke_work_mmHg_mL,
        potential_energy_mmHg_mL,
        ea_mmHg_mL,
        ees_mmHg_mL,
    )
}
