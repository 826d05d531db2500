"""The timing of every beat of a record, judged."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from controller.audit.aortic_moves import inflation_in
from controller.audit.balloon_moves import Inflation, inflations, smoothed
from controller.audit.labels import LABELS, deflation_label, inflation_label, label_of
from controller.signals.errors import RecordError
from controller.signals.reading import Signals

if TYPE_CHECKING:
    from cext.estimate.chain import Chain

LV_ONSET_AFTER_R_S = 0.030  # electromechanical delay
PRESSURE_LATE_S = 0.004  # of the foot and the closure by a good transducer with its fluid column (40 Hz, damping .65)
CLEAR_S = 0.030  # an own closure counts when the balloon started this much later
UNASSISTED = "unassisted"


@dataclass(frozen=True, slots=True)
class AuditedBeat:
    """A beat and the diastole after it. Times in s, pressures in mmHg; None: not known or not there.

    inflation_error_ms: onset less unassisted closure. deflation_error_ms: empty less opening of the valve in the next beat.
    deflation_from_lv_onset_ms: empty less onset of LV activation. augmentation_mmHg: augmented less systolic pressure.
    end_diastolic_mmHg: at the end of this diastole, assisted or not as `label` says.
    """

    t_s: float
    label: str
    closure_s: float
    systolic_mmHg: float | None
    end_diastolic_mmHg: float | None
    dpti_mmHg_s: float | None
    spti_mmHg_s: float | None
    # of the inflation in this diastole, None without one
    inflation_label: str | None = None
    deflation_label: str | None = None
    inflation_error_ms: float | None = None
    deflation_error_ms: float | None = None
    deflation_from_lv_onset_ms: float | None = None
    onset_s: float | None = None
    empty_s: float | None = None
    augmentation_mmHg: float | None = None
    augmented_mmHg: float | None = None
    method: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """For JSON, rounded to 0.1 ms."""
        return {key: round(v, 4) if isinstance(v, float) else v for key, v in asdict(self).items()}


@dataclass(frozen=True, slots=True)
class Audit:
    """`closure_from`: where the unassisted closure was taken from."""

    beats: list[AuditedBeat]
    closure_from: str

    @property
    def counts(self) -> dict[str, int]:
        counted = Counter(beat.label for beat in self.beats)
        return {label: counted[label] for label in (*LABELS, UNASSISTED) if counted[label]}

    def as_dict(self) -> dict[str, Any]:
        def mean(values: list[float | None]) -> float | None:
            known = [value for value in values if value is not None]
            return round(float(np.mean(known)), 1) if known else None

        helped = [beat for beat in self.beats if beat.label != UNASSISTED]
        alone = [beat for beat in self.beats if beat.label == UNASSISTED]
        return {
            "counts": self.counts,
            "closure_from": self.closure_from,
            "end_diastolic_assisted_mmHg": mean([beat.end_diastolic_mmHg for beat in helped]),
            "end_diastolic_unassisted_mmHg": mean([beat.end_diastolic_mmHg for beat in alone]),
            "augmentation_mmHg": mean([beat.augmentation_mmHg for beat in helped]),
            "beats": [beat.as_dict() for beat in self.beats],
        }


def audit(signals: Signals) -> Audit:
    """Judges every beat of a record. Raises RecordError: it lacks the aortic pressure, or the beats cannot be found."""
    if "pressure" not in signals.names:
        raise RecordError(f"{signals.record}: an audit needs the aortic pressure; there are {', '.join(signals.there)}")
    if "ecg" not in signals.names:
        raise RecordError(
            f"{signals.record}: an audit needs an ECG, the onset of contraction is not in the pressure;"
            f" there are {', '.join(signals.there)}"
        )
    period = signals.period_s
    known = inflations(signals.balloon_mmHg, signals.aop_mmHg, period)
    moving = moves(known, len(signals.aop_mmHg), period)
    found, _ = chain(period).run(signals.ecg_mV, signals.aop_mmHg, balloon=moving)
    if len(found) < 3:
        raise RecordError(f"{signals.record}: {len(found)} beats found in the ECG, an audit needs at least 3")
    assisted = [inflation_of(signals, known, found, i) for i in range(len(found) - 1)]
    closed, said = closures(found, assisted)
    beats = [judge(signals, found, i, assisted[i], closed[i]) for i in range(len(found) - 1)]
    return Audit(beats, said)


def chain(period_s: float) -> Chain:
    """The trigger chain as an audit has it: by ECG alone, and blind to no more than the balloon's own movement."""
    from cext.estimate.chain import Chain
    from cext.tables.load import settings

    values = {
        "iabp.trigger": settings()["iabp.trigger"].encode("ecg"),
        "iabp.inflation_delay_ms": 8.0,
        "iabp.trigger_stand_in": 0.0,
    }
    return Chain(values, period_s)


def moves(known: list[Inflation], samples: int, period_s: float) -> np.ndarray:
    """1 where a balloon holds gas or moves, shape (samples,)."""
    moving = np.zeros(samples, np.uint8)
    for one in known:
        moving[max(0, round((one.start_s + 0.008) / period_s)) : max(0, round((one.empty_s + 0.04) / period_s))] = 1
    return moving


def inflation_of(signals: Signals, known: list[Inflation], found: np.ndarray, i: int) -> Inflation | None:
    """The inflation that starts in beat `i` (from 0.1 s after its R peak to as long after the next)."""
    begin, end = float(found["t_s"][i]) + 0.1, float(found["t_s"][i + 1]) + 0.1
    if known:
        return next((one for one in known if begin <= one.onset_s < end), None)
    period = signals.period_s
    at = [round(float(x) / period) for x in (found["t_s"][i], found["t_s"][i + 1], found["notch_s"][i])]
    return inflation_in(signals.aop_mmHg, at[0], at[1], at[2], period)


def closures(found: np.ndarray, assisted: list[Inflation | None]) -> tuple[np.ndarray, str]:
    """Unassisted closure of each beat: regressed on the interval before it over the beats where it was seen, robustly."""
    t, seen = found["t_s"][:-1], found["notch_seen_s"][:-1] - found["t_s"][:-1]
    rr = np.clip(found["rr_s"][:-1], 0.3, 1.6)
    clear = np.array(
        [one is None or one.start_s > n + CLEAR_S for one, n in zip(assisted, found["notch_seen_s"][:-1], strict=True)]
    )
    use = np.isfinite(seen) & clear & (np.arange(len(seen)) > 1)
    if use.sum() < 3:
        return np.asarray(found["notch_s"][:-1]), "predicted: no beat shows an unassisted closure"
    for _ in range(3):
        wide = np.ptp(rr[use]) > 0.08 and use.sum() >= 8
        fit = np.polyfit(rr[use], seen[use], 1) if wide else np.array([0.17, float(np.median(seen[use] - 0.17 * rr[use]))])
        off = np.abs(seen - np.polyval(fit, rr))
        use = use & (off < max(3.0 * float(np.median(off[use])), 0.006))
    expected = t + np.polyval(fit, rr)
    own = use & np.isfinite(seen)
    return np.where(own, t + seen, expected), f"{int(own.sum())} closures seen, regressed on the interval for the others"


def judge(signals: Signals, found: np.ndarray, i: int, one: Inflation | None, closure_s: float) -> AuditedBeat:
    period, t = signals.period_s, float(found["t_s"][i])
    next_s = float(found["t_s"][i + 1])
    at, closure, following = (round(x / period) for x in (t, closure_s, next_s))
    opening = _turn(signals, following, period)
    pressure = signals.aop_mmHg
    systole, diastole = pressure[at + 60 : closure], pressure[closure : max(opening, closure)]
    systolic = float(np.nanmax(systole)) if np.isfinite(systole).any() else None
    end = slice(max(0, opening - 8), opening + 3)
    end_diastolic = float(np.nanmean(pressure[end])) if np.isfinite(pressure[end]).any() else None
    dpti = float(np.nansum(diastole) * period) if len(diastole) else None
    spti = float(np.nansum(systole) * period) if len(systole) else None
    beat = AuditedBeat(t, UNASSISTED, float(closure_s), systolic, end_diastolic, dpti, spti)
    if one is None:
        return beat
    inflation_ms = (one.onset_s - closure_s) * 1e3
    deflation_ms = (one.empty_s - (opening * period - PRESSURE_LATE_S)) * 1e3
    from_onset_ms = (one.empty_s - next_s - LV_ONSET_AFTER_R_S) * 1e3
    inflation, deflation = inflation_label(inflation_ms), deflation_label(deflation_ms, from_onset_ms)
    full = pressure[round(one.onset_s / period) : max(opening, round(one.onset_s / period) + 1)]
    augmented = float(np.nanmax(full)) if np.isfinite(full).any() else None
    return replace(
        beat,
        label=label_of(inflation, deflation) or UNASSISTED,
        inflation_label=inflation,
        deflation_label=deflation,
        inflation_error_ms=inflation_ms,
        deflation_error_ms=deflation_ms,
        deflation_from_lv_onset_ms=from_onset_ms,
        onset_s=one.onset_s,
        empty_s=one.empty_s,
        augmented_mmHg=augmented,
        augmentation_mmHg=None if augmented is None or systolic is None else augmented - systolic,
        method=one.method,
    )


def _turn(signals: Signals, following: int, period_s: float) -> int:
    """Sample of the valve's opening after the R peak at `following`: the last turning point before the systolic rise."""
    window = signals.aop_mmHg[following : following + round(0.26 / period_s)]
    if len(window) < 60 or not np.isfinite(window).all():
        return following + round(0.1 / period_s)
    smooth = smoothed(window, 9)
    low, extreme, where, rising = -1, smooth[0], 0, False
    for i, value in enumerate(smooth):
        if rising:
            if value > extreme:
                extreme = value
            elif value < extreme - 1.0:
                rising, extreme, where = False, value, i
        elif value <= extreme:
            extreme, where = value, i
        elif value > extreme + 1.0:
            rising, low, extreme = True, where, value
    return following + (low if low >= 0 else round(0.1 / period_s))
