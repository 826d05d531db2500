"""Counterpulsation: which diastole was assisted, and how well the balloon was timed.

A diastole belongs to the beat whose systole it follows. Its balloon shows twice: the augmented pressure in that beat, the
end-diastolic pressure and the emptying at the start of the next one. So every beat is measured with what its predecessor
left (`Before`). Onset of inflation: the balloon passes 10 % of its fill upward; emptied: it passes 10 % downward.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from controller.metrics.beat import Beat
from controller.metrics.context import Absent
from controller.metrics.pressures import aop_end_diastolic_mmHg
from controller.metrics.quantities import Samples

ONSET_FRACTION = 0.1
LEAST_FILL_mL = 2.0  # less volume in the balloon is no inflation
INFLATED = 2.0  # iabp.phase
# A remembered closure holds for beats of about the same length only: systole shortens with the interval.
CLOSURE_HOLDS_FOR = 0.2
NOT_SEEN = "the beat before this one was not seen"
NOT_ASSISTED = "the diastole of this beat is not assisted"
OFF = "the balloon pump is off"
NO_VOLUME = "balloon volume is not measured on this bench"


@dataclass(frozen=True, slots=True)
class Before:
    """What the beats before left. None: not known. Times in s.

    assisted: the diastole just before was assisted. fill_mL: volume of the last inflation. emptied_early_s: time from the
    emptying of the balloon to the end of that beat, None if it was not empty then. last_mL: balloon volume at its end.
    closure_s: last aortic valve closure that no balloon had moved, from activation onset, in a beat of closure_rr_s.
    """

    assisted: bool | None = None
    fill_mL: float | None = None
    emptied_early_s: float | None = None
    last_mL: float | None = None
    closure_s: float | None = None
    closure_rr_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Inflation:
    """The balloon in one beat: onset as sample number, None if only the law's phase tells of it; volumes in mL."""

    onset: int | None
    fill_mL: float | None


@dataclass(frozen=True)
class Assist:
    """A beat and what the balloon did in the diastole before it."""

    beat: Beat
    before: Before

    @cached_property
    def inflation(self) -> Inflation | None:
        """The inflation that starts in this beat, or None. Raises Absent if neither balloon volume nor phase is known."""
        beat, before = self.beat, self.before
        beat.needs_activation()
        if not beat.has("balloon_mL"):
            phase = beat.get("iabp_phase") == INFLATED
            starts = bool((phase[1:] & ~phase[:-1]).any()) or (bool(phase[0]) and before.assisted is False)
            return Inflation(None, None) if starts else None
        volume = beat.get("balloon_mL")
        fill = float(volume.max())
        if fill < LEAST_FILL_mL:
            return None
        above = volume >= ONSET_FRACTION * fill
        rises = (np.flatnonzero(above[1:] & ~above[:-1]) + 1).tolist()
        if above[0] and before.last_mL is not None and before.last_mL < ONSET_FRACTION * fill:
            rises.insert(0, 0)
        if not rises:
            return None
        return Inflation(rises[0], float(volume[rises[0] :].max()))

    @property
    def assisted(self) -> Inflation:
        """The inflation of this beat. Raises Absent if there is none."""
        if self.inflation is None:
            raise Absent(NOT_ASSISTED if self.beat.context.iabp_enabled else OFF)
        return self.inflation

    @property
    def volume_mL(self) -> Samples:
        return self.beat.get("balloon_mL")

    def needs_assisted_before(self) -> None:
        """Raises Absent unless the diastole before this beat is known to have been assisted."""
        self.beat.needs_activation()
        if self.before.assisted is None:
            raise Absent(NOT_SEEN)
        if not self.before.assisted:
            raise Absent("the diastole before was not assisted" if self.beat.context.iabp_enabled else OFF)

    def left(self) -> Before:
        """What this beat leaves to the next one."""
        beat, before = self.beat, self.before
        try:
            inflated = self.inflation
        except Absent:
            return Before()
        closure_s, closure_rr_s = before.closure_s, before.closure_rr_s
        try:
            closure = beat.ejection[1]
            if inflated is None or (inflated.onset is not None and inflated.onset > closure):
                closure_s, closure_rr_s = closure * beat.dt_s, beat.duration_s
        except Absent:
            pass
        if not beat.has("balloon_mL"):
            return Before(assisted=inflated is not None, closure_s=closure_s, closure_rr_s=closure_rr_s)
        volume = self.volume_mL
        fill = inflated.fill_mL if inflated is not None else before.fill_mL
        emptied_early_s = None
        if fill is not None and volume[-1] < ONSET_FRACTION * fill:
            full = np.flatnonzero(volume >= ONSET_FRACTION * fill)
            emptied_early_s = (beat.n - 1 - int(full[-1])) * beat.dt_s if len(full) else beat.duration_s
        return Before(
            assisted=inflated is not None,
            fill_mL=fill,
            emptied_early_s=emptied_early_s,
            last_mL=float(volume[-1]),
            closure_s=closure_s,
            closure_rr_s=closure_rr_s,
        )


def aop_augmented_mmHg(assist: Assist) -> float:
    _ = assist.assisted
    pressure = assist.beat.get("aop_mmHg")[assist.beat.systole_end :]
    if len(pressure) == 0:
        raise Absent("the beat ends with its systole: no diastole to augment")
    return float(pressure.max())


def aop_end_diastolic_assisted_mmHg(assist: Assist) -> float:
    assist.needs_assisted_before()
    return aop_end_diastolic_mmHg(assist.beat)


def aop_end_diastolic_unassisted_mmHg(assist: Assist) -> float:
    assist.beat.needs_activation()
    if assist.before.assisted is None:
        raise Absent(NOT_SEEN)
    if assist.before.assisted:
        raise Absent("the diastole before was assisted")
    return aop_end_diastolic_mmHg(assist.beat)


def iabp_volume_mL(assist: Assist) -> float:
    _ = assist.volume_mL
    fill = assist.assisted.fill_mL
    if fill is None:
        raise Absent(NO_VOLUME)
    return fill


def iabp_inflation_error_ms(assist: Assist) -> float:
    """Onset of inflation less unassisted closure, ms.

    The closure is that of the beat itself when the balloon starts after it, and so cannot have moved it; else the last
    such closure, as long as the beat has about the same length.
    """
    beat, before = assist.beat, assist.before
    _ = assist.volume_mL
    onset = assist.assisted.onset
    if onset is None:
        raise Absent(NO_VOLUME)
    closure = beat.ejection[1]
    if onset > closure:
        return (onset - closure) * beat.dt_s * 1000.0
    if before.closure_s is None:
        raise Absent("inflation precedes closure, and no unassisted closure has been seen to compare it with")
    if abs(beat.duration_s - before.closure_rr_s) > CLOSURE_HOLDS_FOR * before.closure_rr_s:
        raise Absent(
            f"the unassisted closure was seen in a beat of {before.closure_rr_s:.2f} s, this one lasts {beat.duration_s:.2f} s"
        )
    return (onset * beat.dt_s - before.closure_s) * 1000.0


def iabp_deflation_error_ms(assist: Assist) -> float:
    """Emptying of the balloon of the diastole before less the opening of the aortic valve in this beat, ms."""
    beat, before = assist.beat, assist.before
    volume = assist.volume_mL
    assist.needs_assisted_before()
    if before.fill_mL is None:
        raise Absent(NOT_SEEN)
    opening = beat.ejection[0]
    if opening == 0:
        raise Absent("the aortic valve is already open at activation onset")
    if before.emptied_early_s is not None:
        return -(before.emptied_early_s + opening * beat.dt_s) * 1000.0
    empty = np.flatnonzero(volume < ONSET_FRACTION * before.fill_mL)
    if len(empty) == 0:
        raise Absent("the balloon does not empty within the beat")
    return (int(empty[0]) - opening) * beat.dt_s * 1000.0


METRICS = {
    f.__name__: f
    for f in (
        aop_augmented_mmHg,
        aop_end_diastolic_assisted_mmHg,
        aop_end_diastolic_unassisted_mmHg,
        iabp_volume_mL,
        iabp_inflation_error_ms,
        iabp_deflation_error_ms,
    )
}
