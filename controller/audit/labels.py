"""Labels of a beat's timing: limits in ms that partition the line, between them lies `borderline`.

Inflation, onset (10 % of the fill, upward) less unassisted closure: early at -60 and before, correct within 40, late at 80 and after.
Deflation, empty (10 % of the fill, downward): late after the valve has opened, early 100 ms and more before the onset of LV activation.
"""

from __future__ import annotations

EARLY_INFLATION_MS = -60.0
CORRECT_WITHIN_MS = 40.0
LATE_INFLATION_MS = 80.0
EARLY_DEFLATION_MS = -100.0
# Where more than one thing is wrong the first of these names the beat: the heart suffers in this order.
LABELS = ("late deflation", "early inflation", "early deflation", "late inflation", "borderline", "correct")


def inflation_label(error_ms: float) -> str:
    """Of the onset of inflation less closure."""
    if error_ms <= EARLY_INFLATION_MS:
        return "early inflation"
    if error_ms >= LATE_INFLATION_MS:
        return "late inflation"
    return "correct" if abs(error_ms) <= CORRECT_WITHIN_MS else "borderline"


def deflation_label(from_opening_ms: float, from_lv_onset_ms: float) -> str:
    """Of the moment at which the balloon is empty, less valve opening and less onset of LV activation."""
    if from_opening_ms > 0.0:
        return "late deflation"
    return "early deflation" if from_lv_onset_ms <= EARLY_DEFLATION_MS else "correct"


def label_of(inflation: str | None, deflation: str | None) -> str | None:
    """The one label of a beat; None where neither is known."""
    known = [one for one in (inflation, deflation) if one is not None]
    return min(known, key=LABELS.index) if known else None
