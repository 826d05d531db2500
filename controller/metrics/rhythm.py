"""What a window has to be a whole number of, whatever measures: assist groups, breaths, and enough beats where they vary."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from controller.metrics.context import assist_group

LEAST_BEATS_IN_FIBRILLATION = 60  # RR varies by 15 to 25 %: fewer beats do not give a stable mean
# A sinus node that wanders does so down to 0.04 Hz, the lower edge of the LF band (Task Force 1996, Circulation 93:1043).
LEAST_WANDERING_S = 25.0
# Beats that differ by themselves: premature ones, dropped ones, atria that march through the ventricle's beats.
IRREGULAR = ("af", "pvc", "bigeminy", "trigeminy", "block-2", "wenckebach", "block-3", "vt", "paced")


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Assist groups of `group` beats, breaths of `breath_s` (0: none); `varies`: no beat is like the next."""

    group: int = 1
    breath_s: float = 0.0
    fibrillation: bool = False
    varies: bool = False

    @property
    def least_beats(self) -> int:
        """Fewest beats whose mean says something."""
        return LEAST_BEATS_IN_FIBRILLATION if self.fibrillation else 1

    @property
    def least_s(self) -> float:
        """Length from which on a window sees the slow part of what the heart does by itself."""
        return LEAST_WANDERING_S if self.varies else self.breath_s


def rhythm_of(values: Mapping[str, object], modelled: bool = True) -> Rhythm:
    """The rhythm of the settings in force, by path. Without a patient model (`modelled` False) nobody knows the breath."""
    group = assist_group(values)
    if not modelled:
        return Rhythm(group)
    rate, rhythm, sdnn = (values.get(f"patient.{name}") for name in ("breathing_rate_bpm", "rhythm", "sdnn_ms"))
    breathes = values.get("patient.breathing", "off") != "off" and isinstance(rate, (int, float)) and rate > 0.0
    breath_s = 60.0 / float(rate) if breathes and isinstance(rate, (int, float)) else 0.0
    wanders = rhythm == "sinus" and isinstance(sdnn, (int, float)) and sdnn > 0.0
    return Rhythm(group, breath_s, rhythm == "af", wanders or rhythm in IRREGULAR)


def window_beats(durations_s: Sequence[float], least_s: float, rhythm: Rhythm) -> int:
    """How many of the last beats make the shortest window of whole assist groups and breaths that lasts `least_s`.

    A window comes as close to a whole number of breaths as half an assist group lets it; in fibrillation it has at least
    60 beats. `durations_s`: oldest first. 0: too few beats.
    """
    total = 0.0
    for count in range(1, len(durations_s) + 1):
        total += durations_s[-count]
        if count < rhythm.least_beats or count % rhythm.group or total < least_s - 1e-9:
            continue
        if rhythm.breath_s <= 0.0:
            return count
        breaths = math.floor(total / rhythm.breath_s + 0.5)
        if breaths and abs(total - breaths * rhythm.breath_s) <= 0.5 * rhythm.group * total / count:
            return count
    return 0
