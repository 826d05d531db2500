"""What the balloon's trigger does, told from the frames: another source stands in, none is left, one is back."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from controller.session.notice import Notice

SOURCES = ("none", "ECG", "arterial pressure", "pacer", "internal", "sync")
SILENT_BEATS = 2.0  # as the law has it: then the balloon is held deflated
SILENT_S = 1.5
AT_START_S = 15.0  # the clock of the beats starts at 10 s: five seconds to find the first one


class TriggerWatch:
    """Compares each block of frames with the one before. Speaks only while the balloon pump is on and the loop runs."""

    def __init__(self) -> None:
        self._source = 0
        self._lost = False
        self._usual = 0  # the source that another stood in for; 0: none has

    def look(self, frames: np.ndarray) -> Iterator[Notice]:
        """What these frames (oldest first) bring to tell."""
        on = np.nan_to_num(frames["iabp.phase"]) > 0
        source = np.nan_to_num(frames["beat.source"]).astype(int)
        silent_s = np.maximum(SILENT_BEATS * frames["beat.rr_mean_s"], SILENT_S)
        silent_s = np.where(frames["beat.count"] > 0, silent_s, AT_START_S)
        lost = on & (frames["beat.since_r_s"] > silent_s)
        before = np.concatenate(([self._source], source[:-1]))
        before_lost = np.concatenate(([self._lost], lost[:-1]))
        for i in np.flatnonzero((source != before) | (lost != before_lost)).tolist():
            tick = int(frames["time.tick"][i])
            if source[i] != before[i] and before[i] != 0 and on[i]:
                if source[i] == self._usual:
                    yield Notice(tick, f"trigger: {SOURCES[source[i]]} again", "info", "trigger-back", "trigger-source")
                else:
                    self._usual = self._usual or int(before[i])
                    text = f"trigger: {SOURCES[source[i]]} in place of {SOURCES[before[i]]}"
                    yield Notice(tick, text, "medium", "trigger-source")
            if lost[i] and not before_lost[i]:
                since = float(frames["beat.since_r_s"][i])
                yield Notice(tick, f"no trigger for {since:.1f} s: the balloon is held deflated", "high", "no-trigger")
            elif before_lost[i] and not lost[i] and on[i]:
                yield Notice(tick, f"trigger again: {SOURCES[source[i]]}", "info", "trigger-back", "no-trigger")
        self._source, self._lost = int(source[-1]), bool(lost[-1])
