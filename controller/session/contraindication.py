"""What must not be combined, and how it is handled: refused at arming unless overridden by name, undone when it arises."""

from __future__ import annotations

from collections.abc import Mapping

# Effective regurgitant orifice from which aortic regurgitation is moderate: ASE 2017 guideline (Zoghbi, J Am Soc
# Echocardiogr 30:303), Table 11: mild < 0.10 cm2.
MODERATE_AR_CM2 = 0.10
IABP_IN_AR = "iabp-in-ar"


def contraindications(values: Mapping[str, object]) -> dict[str, str]:
    """Override name -> reason, for settings by path in the user's words."""
    area = values.get("patient.ar_area_cm2")
    if not isinstance(area, (int, float)) or area < MODERATE_AR_CM2 or not values.get("iabp.enabled"):
        return {}
    return {
        IABP_IN_AR: f"balloon pump in aortic regurgitation: patient.ar_area_cm2 = {area:g} cm2, contraindicated from "
        f"{MODERATE_AR_CM2:g} cm2 (moderate): inflation drives blood back through the valve"
    }
