"""From the ring to the file: what the recorder does between its start and the end of the run."""

from __future__ import annotations

import json
import math
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from cext.ring_reader import RingReader
from controller.processes.json_lines import Message
from controller.recording.header import Header
from controller.recording.policies import Policy
from controller.recording.segment import Segment

BLOCK_FRAMES = 4096
FLUSH_S = 0.1
SYNC_S = 2.0
RESERVE_MB = 48.0  # of disk, left for closing the file and for the report; beyond it HDF5 could not even close


class DiskFull(Exception):
    """The disk has less room than the recording must leave; the file is still whole."""


class Recorder:
    """Moves frames, beats and events into one segment.

    A frame is acknowledged to the ring only after a flush: what was acknowledged survives the death of this process.

    Args:
        ring: reader whose position is the first frame to record.
        policy: which frames become rows.
        segment: the file.
        header: of the run (names of the metrics, t0).
    """

    def __init__(self, ring: RingReader, policy: Policy, segment: Segment, header: Header, lossless: bool) -> None:
        self.beats = 0
        self.events = 0
        self.tick = -1
        self.flushed = ring.position  # frames below this number are with the operating system
        self._ring, self._policy, self._segment, self._header = ring, policy, segment, header
        self._lossless = lossless
        self._first = ring.position
        self._gap = 0  # frames lost since the last flush
        self._unknown: set[str] = set()
        self._pending_s = time.monotonic()
        self._unflushed = 0
        self._syncer = _Syncer(segment.fd)

    @property
    def recorded(self) -> int:
        """Frames taken from the ring and dealt with as the policy says."""
        return self._ring.position - self._first - self._ring.lost

    def take_frames(self) -> int:
        """Records the frames that are there, at most a block, and flushes when it is time. Returns their number."""
        lost = self._ring.lost
        frames = self._ring.read(BLOCK_FRAMES)
        count = len(frames)
        if count:
            tick = int(frames["time.tick"][-1])
            if lost != self._ring.lost:
                self._gap += self._ring.lost - lost
            for rows in self._policy.take(frames, self._ring.position - count):
                self._segment.append(rows)
            self.tick = tick
            self._unflushed += count
        if self._unflushed >= BLOCK_FRAMES // 2 or time.monotonic() - self._pending_s >= FLUSH_S:
            self.flush()
        return count

    def take(self, message: Message) -> None:
        """Records an event or a beat; anything else is for others."""
        event, beat = message.get("event"), message.get("beat")
        if isinstance(event, dict):
            self._take_event(event)
        if isinstance(beat, dict):
            self._take_beat(beat)

    def flush(self) -> None:
        """Hands over to the operating system, then acknowledges."""
        if self._gap:
            lost, self._gap = self._gap, 0
            text = f"the recorder was too slow and lost {lost} frames before tick {self.tick}"
            self._say(self.tick, "medium", text, {"lost_frames": lost})
        self._segment.flush()
        self.flushed = max(self.flushed, self._policy.safe)
        if self._lossless and self._policy.safe > (self._ring.acknowledged or 0):
            self._ring.acknowledge(self._policy.safe)
        self._unflushed = 0
        self._pending_s = time.monotonic()
        if self._syncer.error:
            raise self._syncer.error

    def finish(self, closing: Message | None, why: str) -> Message:
        """Ends the recording. `closing` is what the supervisor says of the run (overruns, latency), None if it said nothing.

        Returns the summary that was written into the file.
        """
        for rows in self._policy.finish():
            self._segment.append(rows)
        self.flush()
        self._syncer.stop()
        summary = {
            "ended": why,
            "recorded_frames": self.recorded,
            "lost_frames": self._ring.lost,
            "rows": self._segment.rows,
            "beats": self.beats,
            "events": self.events,
            "clipped_integers": self._policy.clipped,
            "last_tick": self.tick,
            "content_sha256": self._segment.digest(),
            "run": closing,
        }
        self._segment.finish(summary, complete=closing is not None)
        if self._lossless:
            self._ring.acknowledge(max(self._policy.safe, self._ring.acknowledged or 0))
        return summary

    def status(self) -> Message:
        """What is said of the recording while it goes on."""
        return {
            "recorded": self.recorded,
            "lost": self._ring.lost,
            "position": self.flushed,
            "tick": self.tick,
            "disk_free_MB": round(disk_free_MB(self._segment.path.parent), 1),
        }

    def _take_event(self, event: Message) -> None:
        self._segment.append_events(json.dumps(event, ensure_ascii=False).encode() + b"\n")
        self.events += 1
        tick = event.get("tick")
        if isinstance(tick, (int, float)) and math.isfinite(tick):
            for rows in self._policy.note(int(tick)):
                self._segment.append(rows)

    def _take_beat(self, beat: Message) -> None:
        names = self._segment.beat_dtype.names or ()
        row = np.zeros(1, self._segment.beat_dtype)
        for name in names:
            value = beat.get(name)
            number = isinstance(value, (int, float)) and math.isfinite(value)
            row[name] = value if number else (-1 if name == "tick" else np.nan)
        self._segment.append_beats(row)
        self.beats += 1
        strange = beat.keys() - set(names) - self._unknown
        if strange and len(self._unknown) < 100:
            self._unknown |= strange
            text = f"metrics that the header does not declare are not recorded: {', '.join(sorted(strange))}"
            self._say(int(row["tick"][0]), "low", text, {"metrics": sorted(strange)})

    def _say(self, tick: int, priority: str, text: str, data: Message) -> None:
        event = {
            "t_s": tick * self._header.period_us * 1e-6,
            "tick": tick,
            "epoch_s": time.time(),
            "kind": "process",
            "priority": priority,
            "text": text,
            "data": data,
        }
        self._segment.append_events(json.dumps(event).encode() + b"\n")
        self.events += 1


def disk_free_MB(folder: Path) -> float:
    """Room on the folder's file system that this user may still fill. Raises OSError."""
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize / 1e6


def check_room(free_MB: float, folder: Path, reserve_MB: float) -> None:
    """Raises DiskFull if the disk has less room than the reserve."""
    if free_MB < reserve_MB:
        raise DiskFull(
            f"disk of {folder}: {free_MB:.1f} MB free, the recording stops at {reserve_MB:g} MB: make room and start again"
        )


class _Syncer:
    """Asks every few seconds that the disk really has the file, in a thread of its own: fsync may take seconds."""

    def __init__(self, fd: int, every_s: float = SYNC_S, sync: Callable[[int], Any] = os.fsync) -> None:
        self.error: OSError | None = None
        self._fd, self._every_s, self._sync = fd, every_s, sync
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="fsync", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._over.wait(self._every_s):
            try:
                self._sync(self._fd)
            except OSError as error:
                self.error = error
                return

    def stop(self) -> None:
        self._over.set()
        self._thread.join()
