"""The audit of a run that is going on: every beat judged once, soon after it is over, with the blocks of the audit of a record.

A beat is judged when the next one has opened the valve and the balloon has been emptied. The last 30 s of samples are kept for
the balloon's extremes, and the last beats for the regression of the closure on the interval.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from controller.audit.auditing import AuditedBeat, chain, closures, inflation_of, judge, moves
from controller.audit.balloon_moves import Inflation, inflations
from controller.signals.channel import Samples
from controller.signals.reading import Signals

if TYPE_CHECKING:
    from cext.estimate.chain import Chain

REAL_S, FAST_S = 0.5, 5.0  # how often to look, in real time and in virtual time
KEPT_S = 30.0
SETTLE_S = 0.45  # an inflation is known so long after the line has fallen
OPENING_S = 0.30  # after an R peak the valve has opened
LONGEST_INFLATION_S = 3.0  # beyond it the line stands, and nothing is waited for
BEATS = 300
ROWS = ("in.ecg_mV", "in.aop_mmHg", "in.balloon_pressure_mmHg")
NO_BEATS: list[AuditedBeat] = []


class LiveAudit:
    """Takes frames in order and gives back judged beats, times in s of the loop.

    Args:
        period_s: of the frames.
        every_s: how often the samples are looked at; what is found does not depend on it but by when it is found.
    """

    def __init__(self, period_s: float, every_s: float) -> None:
        self._period_s, self._every = period_s, max(1, round(every_s / period_s))
        self._keep = round(KEPT_S / period_s)
        self._untold: list[dict[str, Any]] = []
        self._parts: list[Samples] = []
        self._waiting = 0
        self._forget(0)

    def _forget(self, tick: int) -> None:
        self._kept: Samples = np.empty((len(ROWS), 0))
        self._first = tick  # of _kept
        self._parts, self._waiting = [], 0
        self._stop()

    def _stop(self) -> None:
        self._chain: Chain | None = None
        self._fed = self._base = 0  # ticks: taken in by the chain; its first one
        self._found: list[np.void] = []  # rows of BEAT_DTYPE, times of the loop
        self._helped: list[Inflation | None] = []  # of every beat but the last
        self._judged = 0  # how many of them

    def push(self, frames: np.ndarray, on: bool) -> list[AuditedBeat]:
        """The beats that these frames let judge. `frames`: FRAME_DTYPE. Nothing is judged while not `on`."""
        if not len(frames):
            return NO_BEATS
        tick = int(frames["time.tick"][0])
        if tick != self._first + self._kept.shape[1] + self._waiting:
            self._forget(tick)  # frames were lost: the chain would take the gap for a pause
        self._parts.append(np.stack([frames[path] for path in ROWS]).astype(np.float64))
        self._waiting += len(frames)
        if self._waiting < self._every:
            return NO_BEATS
        self._kept = np.concatenate([self._kept, *self._parts], axis=1)
        self._parts, self._waiting = [], 0
        try:
            found = self._look() if on else NO_BEATS
        except (ValueError, IndexError, ArithmeticError):
            # SAFETY: who judges must not end the run: with a signal that it stumbles over it begins anew
            self._stop()
            found = NO_BEATS
        if not on:
            self._stop()
        if self._kept.shape[1] > self._keep:
            self._first += self._kept.shape[1] - self._keep
            self._kept = self._kept[:, -self._keep :]
        self._untold += [beat.as_dict() for beat in found]
        return found

    def untold(self) -> list[dict[str, Any]]:
        """Beats judged since this was last asked, as `AuditedBeat.as_dict`."""
        told, self._untold = self._untold, []
        return told

    def _look(self) -> list[AuditedBeat]:
        ecg, aop, balloon = self._kept
        if not np.isfinite(ecg).any() or not np.isfinite(aop).any():
            self._stop()
            return NO_BEATS
        period, offset_s = self._period_s, self._first * self._period_s
        signals = Signals(Path("run"), period, ecg, aop, balloon, {})
        known = inflations(balloon, aop, period)
        if self._chain is None:
            self._chain, self._fed, self._base = chain(period), self._first, self._first
        until = self._settled(balloon, known)
        if until > self._fed:
            self._feed(signals, known, until)
        rows = np.array(self._found) if self._found else np.empty(0)
        ready = sum(float(row["t_s"]) + OPENING_S <= until * period for row in self._found) - 1
        for i in range(len(self._helped), ready):
            one = inflation_of(signals, known, _shifted(rows, -offset_s), i)
            self._helped.append(None if one is None else _moved(one, offset_s))
        if ready < 2 or ready <= self._judged:
            return NO_BEATS
        closed, _ = closures(rows[: ready + 1], self._helped[:ready])
        beats = []
        near = _shifted(rows, -offset_s)
        for i in range(self._judged, ready):
            if float(near["t_s"][i]) < 0.0:
                continue  # older than what is kept
            helped = self._helped[i]
            one = None if helped is None else _moved(helped, -offset_s)
            beats.append(_later(judge(signals, near, i, one, float(closed[i]) - offset_s), offset_s))
        self._judged = ready
        if len(self._found) > BEATS + 50:
            del self._found[:50], self._helped[:50]
            self._judged -= 50
        return beats

    def _settled(self, balloon: Samples, known: list[Inflation]) -> int:
        """Tick up to which every inflation is known."""
        end = self._first + len(balloon)
        until = end - round(SETTLE_S / self._period_s)
        good = balloon[np.isfinite(balloon)]
        if not len(good):
            return until
        low, high = np.percentile(good, (2.0, 98.0))
        begin = max(0, len(balloon) - round(LONGEST_INFLATION_S / self._period_s))
        begin = max(begin, round(known[-1].deflation_s / self._period_s) + 1 if known else 0)
        up = np.flatnonzero(balloon[begin:] > low + 0.65 * (high - low))
        if high - low > 60.0 and len(up):
            until = min(until, self._first + begin + int(up[0]) - round(0.06 / self._period_s))
        return until

    def _feed(self, signals: Signals, known: list[Inflation], until: int) -> None:
        assert self._chain is not None
        part = slice(self._fed - self._first, until - self._first)
        moving = moves(known, len(signals.aop_mmHg), self._period_s)
        made, _ = self._chain.run(signals.ecg_mV[part], signals.aop_mmHg[part], balloon=moving[part])
        base_s = self._base * self._period_s
        if self._found and np.isfinite(self._chain.notch_before_s):
            self._found[-1]["notch_seen_s"] = self._chain.notch_before_s + base_s
        self._found += list(_shifted(made, base_s))
        self._fed = until


def _shifted(rows: np.ndarray, by_s: float) -> np.ndarray:
    moved = rows.copy()
    for name in ("t_s", "given_s", "notch_s", "notch_seen_s") if len(rows) else ():
        moved[name] += by_s
    return moved


def _moved(one: Inflation, by_s: float) -> Inflation:
    return Inflation(one.start_s + by_s, one.onset_s + by_s, one.deflation_s + by_s, one.empty_s + by_s, one.method)


def _later(beat: AuditedBeat, by_s: float) -> AuditedBeat:
    return replace(
        beat,
        t_s=beat.t_s + by_s,
        closure_s=beat.closure_s + by_s,
        onset_s=None if beat.onset_s is None else beat.onset_s + by_s,
        empty_s=None if beat.empty_s is None else beat.empty_s + by_s,
    )
