"""Repair of a recording whose recorder was killed: in place, with nothing but this package."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import h5py

from controller.recording.names import segments
from controller.recording.newborn import UNBORN
from controller.recording.ownership import writer_lives
from controller.recording.reading import RecordingError, content_digest, open_segment, open_segments
from controller.recording.superblock import SuperblockError, release
from controller.runs.columns import Gap, load
from controller.runs.events import read_events_file


@dataclass(slots=True)
class Recovery:
    """What a repair found and did. Times in seconds of loop time."""

    run: Path
    segments: int = 0
    repaired: list[str] = field(default_factory=list)
    unreadable: dict[str, str] = field(default_factory=dict)
    removed: list[str] = field(default_factory=list)
    policy: str = ""
    frames: int = 0
    rows: int = 0
    beats: int = 0
    last_tick: int = -1
    period_us: float = 0.0
    gaps: list[Gap] = field(default_factory=list)
    missing_at_end_s: float = 0.0
    complete: bool = False
    content_sha256: str = ""

    @property
    def missing_s(self) -> float:
        """Time that is not recorded, gaps and end together."""
        return sum(gap.frames for gap in self.gaps) * self.period_us * 1e-6 + self.missing_at_end_s

    def sentences(self) -> list[str]:
        """The findings in words, for people."""
        end_s = (self.last_tick + 1) * self.period_us * 1e-6
        held = f"{self.frames} frames ({self.policy}) up to {end_s:.3f} s, {self.beats} beats"
        said = [f"{self.run}: {held} in {self.segments} file{'s' * (self.segments != 1)}"]
        said += [f"{name}: the mark of a killed recorder was taken off, it opens with any HDF5 tool" for name in self.repaired]
        said += [f"{name}: cannot be read: {why}" for name, why in self.unreadable.items()]
        said += [f"{name}: left from a start that was killed, held nothing, removed" for name in self.removed]
        for gap in self.gaps:
            seconds = gap.frames * self.period_us * 1e-6
            said.append(f"gap between tick {gap.tick_before} and {gap.tick_after}: {gap.frames} frames, {seconds:.3f} s")
        if self.missing_at_end_s > 0:
            said.append(f"the events go on for {self.missing_at_end_s:.3f} s after the last frame: not recorded")
        end = "the run was closed" if self.complete else "the run was not closed: at most 1 s that came after is not there"
        said.append(f"{self.missing_s:.3f} s missing in all; {end}")
        return said


def recover(run: str | Path) -> Recovery:
    """Repairs every segment of a run folder in place and says what is there. Does nothing to a whole recording.

    Raises:
        FileNotFoundError: no such folder. RecordingError: no recording in it, none that can be read, or it is being written.
        OSError: a file cannot be written.
    """
    folder = Path(run)
    if not folder.is_dir():
        raise FileNotFoundError(f"run {folder} is not a folder")
    unborn = sorted(folder.glob(f"recording*{UNBORN}"))
    for path in [*segments(folder), *unborn]:
        if writer_lives(path):
            raise RecordingError(f"{path} is being written: a running recording is not repaired")
    found = Recovery(folder)
    for path in unborn:
        path.unlink()
        found.removed.append(path.name)
    for path in segments(folder):
        _repair(path, found)
    with ExitStack() as stack:
        if found.unreadable:
            whole = [path for path in segments(folder) if path.name not in found.unreadable]
            files = [stack.enter_context(open_segment(path)) for path in whole]
        else:
            files = open_segments(folder, stack)
        if not files:
            raise RecordingError(f"run {folder}: no segment can be read: {'; '.join(found.unreadable.values())}")
        _describe(files, found)
    return found


def _repair(path: Path, found: Recovery) -> None:
    """Reads all rows of a segment as they are before its first byte is touched."""
    try:
        with open_segment(path) as file:
            load([file["frames"]], [])
        if release(path):
            found.repaired.append(path.name)
    except (RecordingError, SuperblockError, OSError) as error:
        found.unreadable[path.name] = str(error)


def _describe(files: list[h5py.File], found: Recovery) -> None:
    frames = [file["frames"] for file in files]
    loaded = load(frames, [])
    found.segments = len(files)
    found.policy = str(files[0].attrs["policy"])
    found.period_us = float(files[0].attrs["period_us"])
    found.rows, found.frames, found.gaps = loaded.rows_seen, loaded.frames_seen, loaded.gaps
    found.last_tick = loaded.last_tick
    found.beats = sum(len(file["beats"]) for file in files)
    found.complete = bool(files[-1].attrs["complete"])
    found.content_sha256 = content_digest(frames)
    ticks = [event.get("tick") for event in read_events_file(found.run / "events.jsonl")]
    last = max((tick for tick in ticks if isinstance(tick, int)), default=-1)
    if found.policy != "beats" and not found.complete:
        found.missing_at_end_s = max(0, last - found.last_tick) * found.period_us * 1e-6
