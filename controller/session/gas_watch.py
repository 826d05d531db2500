"""Alarms of the balloon's gas, told from the frames: what the line of the balloon shows (cext/estimate/gas_signs.pxd)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cext.tables.load import balloon_alarms
from controller.session.notice import Notice

BY_CODE = {alarm.code: alarm for alarm in balloon_alarms() if alarm.code}  # of the signal iabp.gas_fault


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
                name = BY_CODE[before[i]].name
                yield Notice(tick, f"{name} has ended", "info", "gas-good", name)
            if fault[i]:
                alarm = BY_CODE[fault[i]]
                top, plateau, baseline = (frames[f"iabp.gas_{what}_mmHg"][i] for what in ("top", "plateau", "baseline"))
                held = "; the balloon is held deflated until the pump is switched off and on" if alarm.deflates else ""
                text = f"{alarm.name}: top {top:.0f}, plateau {plateau:.0f}, baseline {baseline:.0f} mmHg: {alarm.what}{held}"
                yield Notice(tick, text, alarm.priority, alarm.name)
        self._fault = int(fault[-1])
