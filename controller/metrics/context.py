"""What the metrics of a beat need to know besides its samples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from cext.tables.models import FULL, model_of
from controller.metrics.gap import Gap

Source = Literal["plant", "inputs"]


class Absent(Exception):
    """A quantity or metric that has no meaning here. Its text is the reason that the user reads."""


@dataclass(frozen=True, slots=True)
class Context:
    """Settings that enter the metrics.

    `source` says where the quantities come from: ``plant`` is the truth of a patient model, ``inputs`` the transducers
    of a wired bench (a bench file names it as `metrics_from`). Patient parameters are None where there is no patient
    model; what needs them is then absent. `model`: the circulation model that the signals come from; `lv_e_min_mmHg_mL` is
    the slope of its diastolic line where that is straight, `lv_a_mmHg` and `lv_b_per_mL` belong to an exponential. `gap`:
    of the fitted left pump's rotor, from its file. Units: s, m2, mL, mmHg, 1/mL.
    """

    source: Source = "plant"
    period_s: float = 0.001
    bsa_m2: float | None = None
    lv_v0_mL: float | None = None
    lv_a_mmHg: float | None = None
    lv_b_per_mL: float | None = None
    lv_e_min_mmHg_mL: float | None = None
    model: str = FULL
    pump_device: str = "none"
    rpump_device: str = "none"
    ecmo_enabled: bool = False
    iabp_enabled: bool = False
    gap: Gap | None = None

    def __post_init__(self) -> None:
        if not self.period_s > 0.0:
            raise ValueError(f"metrics context: period_s is {self.period_s}, a positive time is needed")

    @classmethod
    def from_settings(
        cls, settings: Mapping[str, object], source: Source = "plant", period_s: float = 0.001, gap: Gap | None = None
    ) -> Context:
        """The context for settings in the user's words, by path: ``{"iabp.enabled": True, "patient.bsa_m2": 1.85}``.

        Patient parameters are taken for the source ``plant`` only: on a wired bench nobody knows them.
        """

        def number(path: str) -> float | None:
            value = settings.get(path) if source == "plant" else None
            return float(value) if isinstance(value, (int, float)) else None

        model = model_of(settings)
        bsa = settings.get("patient.bsa_m2")
        return cls(
            source=source,
            period_s=period_s,
            bsa_m2=float(bsa) if isinstance(bsa, (int, float)) and bsa > 0 else None,
            lv_v0_mL=number("patient.lv_v0_mL"),
            lv_a_mmHg=number("patient.lv_edpvr_a_mmHg") if model.whole else None,
            lv_b_per_mL=number("patient.lv_edpvr_b_per_mL") if model.whole else None,
            lv_e_min_mmHg_mL=model.numbers.get("e_min_mmHg_mL") if source == "plant" else None,
            model=model.name,
            pump_device=str(settings.get("pump.device", "none")),
            rpump_device=str(settings.get("rpump.device", "none")),
            ecmo_enabled=bool(settings.get("ecmo.enabled", False)),
            iabp_enabled=bool(settings.get("iabp.enabled", False)),
            gap=gap,
        )


def assist_group(settings: Mapping[str, object]) -> int:
    """Beats in one assist group: N of ``iabp.assist = 1:N`` while the balloon pump is on, else 1."""
    if not settings.get("iabp.enabled", False):
        return 1
    return int(str(settings.get("iabp.assist", "1:1")).partition(":")[2])
