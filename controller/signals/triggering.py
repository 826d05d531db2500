"""The trigger chain on a record: what the loop would have found, tick by tick."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from controller.signals.errors import RecordError
from controller.signals.reading import Signals

SOURCES = ("none", "ecg", "pressure", "pacer", "internal", "sync")
LEAST_INFLATION_S = 0.06  # as the law has it: less does not fill a balloon
DELAY_S = 0.03  # settings' default of the measured delay, before which nothing can be inflated


@dataclass(frozen=True, slots=True)
class Trigger:
    """A beat. Times in s of the record.

    t_s: R peak, or foot of the pressure. given_s: when the trigger was given. notch_s: valve closure predicted then;
    notch_seen_s: found in this beat afterwards, None where it was not. left_out: why a balloon would not have been
    inflated in this beat, None if it would.
    """

    t_s: float
    given_s: float
    source: str
    notch_s: float
    notch_seen_s: float | None
    left_out: str | None

    def as_dict(self) -> dict[str, Any]:
        return {
            "t_s": round(self.t_s, 4),
            "given_s": round(self.given_s, 4),
            "source": self.source,
            "notch_s": round(self.notch_s, 4),
            "notch_seen_s": None if self.notch_seen_s is None else round(self.notch_seen_s, 4),
            "left_out": self.left_out,
        }


def triggers(signals: Signals, source: Literal["ecg", "pressure"] | None = None) -> list[Trigger]:
    """Runs the chain over a record. Without `source`: ECG, with pressure standing in where the ECG is bad.

    Raises RecordError: the record lacks what the source needs.
    """
    from cext.estimate.chain import Chain
    from cext.tables.load import settings

    for wanted, name in (("ecg", "ecg"), ("pressure", "pressure")):
        if source == wanted and name not in signals.names:
            raise RecordError(
                f"{signals.record}: no {wanted} channel for --source {wanted}; there are {', '.join(signals.there)}"
            )
    first = source or ("ecg" if "ecg" in signals.names else "pressure")
    values = {
        "iabp.trigger": settings()["iabp.trigger"].encode(first),
        "iabp.trigger_stand_in": 0.0 if source else 1.0,
    }
    beats, _ = Chain(values, signals.period_s).run(signals.ecg_mV, signals.aop_mmHg)
    found = []
    for i, beat in enumerate(beats):
        following = beats["given_s"][i + 1] if i + 1 < len(beats) else np.inf
        found.append(_trigger(beat, float(following)))
    return found


def _trigger(beat: np.void, following_s: float) -> Trigger:
    seen = float(beat["notch_seen_s"])
    onset = float(beat["notch_s"]) - DELAY_S
    left_out = None
    if following_s < onset + LEAST_INFLATION_S:
        left_out = "the next beat came before the balloon could have been filled"
    elif onset < float(beat["given_s"]):
        left_out = "found too late: the inflation command was already due"
    return Trigger(
        float(beat["t_s"]), float(beat["given_s"]), SOURCES[int(beat["source"])], float(beat["notch_s"]),
        seen if np.isfinite(seen) else None, left_out,
    )  # fmt: skip
