"""What a trigger chain made of a pattern: beats found against true ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from controller.config.pattern import Pattern

Samples = npt.NDArray[np.float64]
WITHIN_S = 0.075
PACED_WITHIN_S = 0.15  # a pacer trigger is the pulse, which comes before the R peak that it causes
LEARNING_S = 6.0  # of a console that has just been switched on


@dataclass(frozen=True, slots=True)
class Found:
    """`true`, `found`, `matched`: beats after the first LEARNING_S."""

    true: int
    found: int
    matched: int
    per_min: float

    @property
    def sensitivity_pct(self) -> float | None:
        return 100.0 * self.matched / self.true if self.true else None

    @property
    def predictivity_pct(self) -> float | None:
        return 100.0 * self.matched / self.found if self.found else None

    def misses(self, pattern: Pattern) -> list[str]:
        """What the pattern expects and was not reached, in words."""
        expect = pattern.expect
        if expect.most_per_min is not None:
            return (
                [f"{self.per_min:.0f} triggers a minute, at most {expect.most_per_min:g} are right"]
                if self.per_min > expect.most_per_min
                else []
            )
        missed = []
        for name, value, least in (
            ("sensitivity", self.sensitivity_pct, expect.sensitivity_pct),
            ("predictivity", self.predictivity_pct, expect.predictivity_pct),
        ):
            if value is None or value < least:
                missed.append(f"{name} {'none' if value is None else f'{value:.1f} %'}, at least {least:g} % is expected")
        return missed

    def as_dict(self) -> dict[str, Any]:
        return {
            "true": self.true, "found": self.found, "matched": self.matched, "per_min": round(self.per_min, 1),
            "sensitivity_pct": self.sensitivity_pct, "predictivity_pct": self.predictivity_pct,
        }  # fmt: skip


def compared(true_s: Samples, found_s: Samples, until_s: float, trigger: str = "ecg") -> Found:
    """Beats matched within WITHIN_S (PACED_WITHIN_S), each at most once; times in s, rising, to `until_s`."""
    within_s = PACED_WITHIN_S if trigger.startswith("pacer") else WITHIN_S
    begin_s, end_s = LEARNING_S, until_s - 0.5
    true = matched = wrong = i = j = 0
    while i < len(true_s) or j < len(found_s):
        apart = found_s[j] - true_s[i] if i < len(true_s) and j < len(found_s) else np.inf * (1 if i < len(true_s) else -1)
        if abs(apart) <= within_s:
            inside = begin_s < true_s[i] < end_s
            true, matched, i, j = true + inside, matched + inside, i + 1, j + 1
        elif apart < 0.0:
            wrong, j = wrong + (begin_s < found_s[j] < end_s), j + 1
        else:
            true, i = true + (begin_s < true_s[i] < end_s), i + 1
    found = int(matched + wrong)
    return Found(int(true), found, int(matched), 60.0 * found / max(end_s - begin_s, 1.0))
