"""A picture of a record with the beats found in it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from controller.signals.reading import Signals
from controller.signals.triggering import Trigger

ROW_S = 10.0
MOST_ROWS = 12


def draw(signals: Signals, found: Sequence[Trigger], path: Path) -> None:
    """Writes the picture: rows of 10 s, the first two minutes. Raises ValueError for a format that cannot be written."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    t = signals.t_s
    rows = max(1, min(MOST_ROWS, int(np.ceil(len(t) * signals.period_s / ROW_S))))
    figure = Figure(figsize=(14, 1.9 * rows + 0.6), layout="constrained")
    axes = figure.subplots(rows, 1, squeeze=False)[:, 0]
    for row, axis in enumerate(axes):
        begin, end = row * ROW_S, (row + 1) * ROW_S
        inside = (t >= begin) & (t < end)
        if "pressure" in signals.names:
            axis.plot(t[inside], signals.aop_mmHg[inside], color="#b2182b", lw=1.0)
            axis.set_ylabel("mmHg", color="#b2182b")
        if "ecg" in signals.names:
            beside = axis.twinx() if "pressure" in signals.names else axis
            beside.plot(t[inside], signals.ecg_mV[inside], color="#2166ac", lw=0.8)
            beside.set_ylabel("mV", color="#2166ac")
        for one in found:
            if begin <= one.t_s < end:
                axis.axvline(one.t_s, color="0.2", lw=0.8, ls="-" if one.left_out is None else ":")
                axis.axvline(one.notch_s, color="#4dac26", lw=0.8, ls="--")
        axis.set_xlim(begin, end)
    axes[0].set_title(f"{signals.record.name}: beats (dotted: left out of assist), closure predicted (dashed)", loc="left")
    axes[-1].set_xlabel("s")
    with mpl.rc_context({"svg.hashsalt": "mockloop"}):
        figure.savefig(path)
