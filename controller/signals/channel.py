"""A recorded channel and what it is: its kind is told from unit and name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float64]
Kind = Literal["ecg", "pressure", "balloon", "other"]
ECG_NAMES = ("ecg", "ekg", "mlii", "avr", "avl", "avf", "lead")
ECG_EXACT = ("i", "ii", "iii", "v", "v1", "v2", "v3", "v4", "v5", "v6", "mcl1")
AORTIC = ("aop", "ao", "aortic", "abp", "art", "bp", "pressure", "ap", "p1", "radial", "femoral")
TO_MMHG = {"mmhg": 1.0, "kpa": 7.50062, "cmh2o": 0.735559, "pa": 0.00750062}
TO_MV = {"mv": 1.0, "uv": 1e-3, "µv": 1e-3, "v": 1e3}


@dataclass(frozen=True, slots=True)
class Channel:
    """Samples of one channel at `rate_hz`, the first at `start_s` of the record's time. NaN: no sample.

    `kind` says what it serves as; values are in mV (ecg) or mmHg (pressure, balloon).
    """

    name: str
    kind: Kind
    unit: str
    rate_hz: float
    start_s: float
    values: Samples


def kind_of(name: str, unit: str) -> Kind:
    """What a channel is, by its name and unit."""
    low, unit = name.lower().strip(), unit.lower().strip()
    words = low.replace("-", "_").replace(" ", "_").replace(".", "_").split("_")
    if "balloon" in low or "iabp" in words:
        return "balloon" if unit in TO_MMHG else "other"
    if unit in TO_MMHG and (any(word in AORTIC for word in words) or "press" in low or "aop" in low or "abp" in low):
        return "pressure"
    if unit in TO_MV and (low in ECG_EXACT or any(word.startswith(ECG_NAMES) or word in ECG_EXACT for word in words)):
        return "ecg"
    return "other"


def in_own_unit(values: Samples, kind: Kind, unit: str) -> Samples:
    """`values` in mV or mmHg."""
    factors = TO_MV if kind == "ecg" else TO_MMHG
    return values * factors.get(unit.lower().strip(), 1.0)
