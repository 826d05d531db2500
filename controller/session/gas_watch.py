"""Alarms of the balloon's gas, told from the frames: what the line of the balloon shows (cext/estimate/gas_line.pxd)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from controller.session.trigger_watch import Notice

# In the order of the signal iabp.gas_fault. Condition, priority (IEC 60601-1-8: what stops the support is high), what to do.
FAULTS = (
    ("", "info", ""),
    ("gas-loss", "medium", "gas is being lost: look for moisture, loose connectors, a slow leak; fill again"),
    ("gas-gain", "medium", "more gas than was filled in: fill again"),
    ("balloon-leak", "high", "gas leaves the circuit at once: look for blood in the line; a burst balloon has to come out"),
    ("catheter-kinked", "high", "no gas gets through the catheter: straighten it"),
    ("balloon-disconnected", "high", "nothing holds the gas: look at the connectors of the line"),
    (
        "blood-detected",
        "high",
        "gas is gone and the lumen is closed: blood in the line; do not fill again, the balloon has to come out",
    ),
    ("autofill-failure", "high", "the circuit could not be filled: look at gas supply, connectors and catheter"),
    ("valve-stuck", "high", "told to empty, the balloon stays full: look at both valves and the vacuum; vent the line by hand"),
)
STOPS = 3  # from here on the balloon is held deflated


class GasWatch:
    """Compares each block of frames with the one before."""

    def __init__(self) -> None:
        self._fault = 0

    def look(self, frames: np.ndarray) -> Iterator[Notice]:
        """What these frames (oldest first) bring to tell."""
        fault = np.nan_to_num(frames["iabp.gas_fault"]).astype(int)
        before = np.concatenate(([self._fault], fault[:-1]))
        for i in np.flatnonzero(fault != before).tolist():
            tick = int(frames["time.tick"][i])
            if before[i]:
                condition = FAULTS[before[i]][0]
                yield Notice(tick, f"{condition} has ended", "info", "gas-good", condition)
            if fault[i]:
                condition, priority, what = FAULTS[fault[i]]
                plateau, baseline = frames["iabp.gas_plateau_mmHg"][i], frames["iabp.gas_baseline_mmHg"][i]
                held = "; the balloon is held deflated until the pump is switched off and on" if fault[i] >= STOPS else ""
                text = f"{condition}: plateau {plateau:.0f} mmHg, baseline {baseline:.0f} mmHg: {what}{held}"
                yield Notice(tick, text, priority, condition)
        self._fault = int(fault[-1])
