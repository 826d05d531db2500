"""A teacher's picture of an audit: one assisted beat of every label, what the balloon did, what it should have done."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from controller.audit.auditing import UNASSISTED, Audit, AuditedBeat
from controller.signals.reading import Signals

WHAT_SHOWS = {
    "correct": "inflated at closure, empty at opening: diastole augmented, end-diastolic pressure lowered",
    "borderline": "between the limits",
    "early inflation": "the valve is shut by the balloon: stroke volume falls, the notch is lost in systole",
    "late inflation": "the notch shows, augmentation is lost",
    "early deflation": "a dip before systole that fills again: little unloading",
    "late deflation": "the ventricle ejects against the balloon: end-diastolic pressure raised",
    UNASSISTED: "the patient's own beat: closure and end-diastolic pressure to compare with",
}


def draw(signals: Signals, found: Audit, path: Path) -> None:
    """Writes the picture. Raises ValueError for a format that cannot be written."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    shown: dict[str, AuditedBeat] = {}
    for label in found.counts:
        of_label = [beat for beat in found.beats if beat.label == label]
        shown[label] = of_label[len(of_label) // 2]
    figure = Figure(figsize=(11, 2.8 * len(shown) + 0.5), layout="constrained")
    axes = figure.subplots(len(shown), 1, squeeze=False)[:, 0]
    for axis, (label, beat) in zip(axes, shown.items(), strict=True):
        begin, end = beat.t_s - 0.5, beat.t_s + 1.8
        inside = slice(max(0, round(begin / signals.period_s)), round(end / signals.period_s))
        t = np.arange(len(signals.aop_mmHg))[inside] * signals.period_s
        axis.plot(t, signals.aop_mmHg[inside], color="#b2182b", lw=1.4, label="aortic pressure, mmHg")
        low, high = np.nanmin(signals.aop_mmHg[inside]), np.nanmax(signals.aop_mmHg[inside])
        axis.plot(
            t, low - 0.25 * (high - low) + 0.2 * (high - low) * signals.ecg_mV[inside], color="#2166ac", lw=0.8, label="ECG"
        )
        axis.axvline(beat.closure_s, color="#4dac26", ls="--", lw=1.2, label="unassisted closure")
        if beat.onset_s is not None and beat.empty_s is not None:
            axis.axvspan(beat.onset_s, beat.empty_s, color="0.85", zorder=0, label="balloon holds more than 10 %")
        errors = [
            f"{name} {value:+.0f} ms"
            for name, value in (("inflation", beat.inflation_error_ms), ("deflation", beat.deflation_error_ms))
            if value is not None
        ]
        axis.set_title(
            f"{label} ({found.counts[label]} beats): {WHAT_SHOWS[label]}" + (f"  [{', '.join(errors)}]" if errors else ""),
            loc="left",
            fontsize=9,
        )
        axis.set_xlim(begin, end)
    axes[0].legend(fontsize=8, loc="upper right")
    axes[-1].set_xlabel("s")
    with mpl.rc_context({"svg.hashsalt": "mockloop"}):
        figure.savefig(path)
