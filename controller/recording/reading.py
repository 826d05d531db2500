"""Segments as they lie on disk: opening them whatever became of their writer, and joining their rows."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from controller.recording.digest import Digest
from controller.recording.layout import POSITION
from controller.recording.names import segments
from controller.recording.ownership import writer_lives
from controller.recording.packing import Rows
from controller.recording.superblock import Released, Superblock, SuperblockError, read_superblock

BLOCK_ROWS = 1 << 16
FORMAT = "mockloop recording"
DATASETS = ("header", "signals", "metrics", "frames", "beats", "events", "summary")
SUPERBLOCK_LOOKS = 20


class RecordingError(ValueError):
    """A file is not a recording of ours, or cannot be opened."""


def open_segment(path: Path) -> h5py.File:
    """Opens a segment for reading: closed, being written, or left by a killed recorder.

    SWMR only while the recorder lives: HDF5 then reads metadata whose checksum is wrong again and again, doubling its pause
    each time, which on a damaged file never ends.

    Raises:
        RecordingError: not HDF5, damaged, or not a recording. FileNotFoundError.
    """
    if not path.is_file():
        raise FileNotFoundError(f"recording {path} does not exist")
    try:
        lives = writer_lives(path)
        if _superblock(path, lives).flags == 0:
            file = h5py.File(path, "r", locking="best-effort")
        elif lives:
            file = h5py.File(path, "r", swmr=True, locking="best-effort")
        else:
            file = h5py.File(Released(path), "r")
    except (SuperblockError, OSError, RuntimeError) as error:
        raise RecordingError(f"recording {path} cannot be opened: {error}") from error
    try:
        if file.attrs.get("format") != FORMAT:
            raise RecordingError(f"{path} is HDF5, but not a recording of mockloop")
        for name in DATASETS:
            file[name]
    except (KeyError, OSError, RuntimeError) as error:
        file.close()
        raise RecordingError(f"recording {path} is damaged: {error}") from error
    except RecordingError:
        file.close()
        raise
    return file


def _superblock(path: Path, lives: bool) -> Superblock:
    """The superblock, looked at again while a writer may just be changing it."""
    for _ in range(SUPERBLOCK_LOOKS if lives else 0):
        try:
            return read_superblock(path)
        except SuperblockError:
            time.sleep(0.001)
    return read_superblock(path)


def open_segments(folder: Path, stack: ExitStack) -> list[h5py.File]:
    """Opens every segment of a run folder, first to last; they close with the stack. Raises RecordingError if there is none."""
    paths = segments(folder)
    if not paths:
        raise RecordingError(f"run {folder} holds no recording (recording.h5)")
    return [stack.enter_context(open_segment(path)) for path in paths]


def blocks(frames: Sequence[h5py.Dataset], start: int = 0, stop: int | None = None) -> Iterator[Rows]:
    """Rows of the joined segments in the order of their position, each position once, from `start` up to, without, `stop`.

    `frames` are the datasets ``/frames`` of the segments. Rows that were declared but not yet written are left out.
    """
    last = start - 1
    if any(dataset.file.attrs["policy"] == "beats" for dataset in frames):  # small, and late events write earlier frames
        every = [dataset[...] for dataset in frames]
        rows = np.concatenate(every)
        order = np.unique(rows[POSITION], return_index=True)[1]
        rows = rows[order]
        yield rows[(rows[POSITION] > last) & (rows[POSITION] < (np.inf if stop is None else stop))]
        return
    for dataset in frames:
        for first in range(0, dataset.shape[0], BLOCK_ROWS):
            rows = dataset[first : first + BLOCK_ROWS]
            position = rows[POSITION]
            fresh = position > np.maximum.accumulate(np.concatenate([[last], position[:-1]]))
            if stop is not None:
                fresh &= position < stop
            if not fresh.all():
                rows = rows[fresh]
            if len(rows):
                last = int(rows[POSITION][-1])
                yield rows


def last_position(path: Path) -> int:
    """Position of the last row of a segment, -1 if it has none."""
    with open_segment(path) as file:
        frames = file["frames"]
        first = max(0, frames.shape[0] - BLOCK_ROWS)
        found = frames.fields(POSITION)[first:]
        return int(found.max()) if len(found) else -1


def content_digest(frames: Sequence[h5py.Dataset]) -> str:
    """Hash of the joined rows (see `digest.Digest`), out of the datasets ``/frames`` of all segments."""
    table = frames[0].file["signals"][...]
    masked = [row["name"].decode() for row in table if not row["deterministic"]]
    digest = Digest(frames[0].dtype, masked)
    for rows in blocks(frames):
        digest.add(rows)
    return digest.hexdigest()


def json_lines(dataset: h5py.Dataset) -> Iterator[dict[str, Any]]:
    """The objects of a dataset of JSON lines; a last line that is cut off is left out."""
    for line in bytes(dataset[...]).split(b"\n"):
        try:
            found = json.loads(line) if line.strip(b"\0 ") else None
        except ValueError:
            continue
        if isinstance(found, dict):
            yield found


def summaries(files: Iterable[h5py.File]) -> list[dict[str, Any]]:
    """The closing summary of each segment, {} where its recorder did not come to write one."""
    return [next(json_lines(file["summary"]), {}) for file in files]
