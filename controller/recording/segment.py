"""One HDF5 file of a recording while it is written: created whole, then appended to under SWMR.

Everything that the file will ever hold is declared before SWMR starts; after that only rows are appended and two attributes
are overwritten. The file carries its name only once SWMR runs: recording*.h5 opens whatever happens to its writer.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import re
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from cext.tables.load import inputs
from controller.recording.digest import Digest
from controller.recording.header import Header
from controller.recording.layout import Layout, missing
from controller.recording.names import segment_path, segments
from controller.recording.newborn import unborn
from controller.recording.ownership import own
from controller.recording.reading import FORMAT, content_digest, open_segment

FORMAT_VERSION = 1
CHUNK_ROWS = 1024
CHUNK_BEATS = 64
CHUNK_TEXT_BYTES = 1 << 14
CACHE_BYTES = 8 << 20
# "latest" would not open with HDF5 1.10, which MATLAB and LabVIEW still bring.
LIBVER = ("v110", "v110")


class DiskError(OSError):
    """The disk refused. The file is whole as of the last flush; HDF5 can neither write nor close it any more."""


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Makes DiskError of what h5py raises when the disk refuses: OSError or RuntimeError, the number only in the words."""
    try:
        yield
    except (OSError, RuntimeError) as error:
        said = re.search(r"errno = (\d+)", str(error))
        number = int(said[1]) if said else getattr(error, "errno", None)
        if number is None and isinstance(error, RuntimeError):
            number = errno.EIO  # HDF5 names the disk's refusal once; what fails after it says only that it failed
        if number is None:
            raise
        raise DiskError(number, os.strerror(number), str(path)) from error


class Segment:
    """A segment being written.

    Args:
        folder, number: where, and which; an existing file of that number is an error.
        layout: of the rows of ``/frames``.
        header: of the run.
        hashing: keep a running hash of the rows (possible where rows come in order, from the run's start).

    Raises:
        FileExistsError: the segment exists. DiskError: the file cannot be made.
    """

    def __init__(self, folder: Path, number: int, layout: Layout, header: Header, hashing: bool = True) -> None:
        self.path = segment_path(folder, number)
        if self.path.exists():
            raise FileExistsError(f"recording {self.path} exists: it is never overwritten")
        self.rows = 0
        self._digest = Digest(layout.dtype, [c.name for c in layout.columns if not c.deterministic]) if hashing else None
        self.beat_dtype = np.dtype([("t_s", "<f8"), ("tick", "<i8"), *((name, "<f8") for name in header.metrics)])
        with disk_errors(self.path):
            self._create(number, layout, header)

    def _create(self, number: int, layout: Layout, header: Header) -> None:
        draft = unborn(self.path)  # not readable yet
        self._file = h5py.File(draft, "w", libver=LIBVER, rdcc_nbytes=CACHE_BYTES, rdcc_w0=1.0)
        self.fd = os.open(draft, os.O_RDWR | os.O_CLOEXEC)
        own(self.fd)
        _declare(self._file, number, layout, header, self.beat_dtype)
        self._frames = _Appender(self._file["frames"])
        self._beats = _Appender(self._file["beats"])
        self._events = _Appender(self._file["events"])
        self._summary = _Appender(self._file["summary"])
        self._file.swmr_mode = True
        self.flush()
        os.fsync(self.fd)
        draft.rename(self.path)
        sync_folder(self.path.parent)

    def append(self, rows: np.ndarray[Any, Any]) -> None:
        """Appends rows of the layout's dtype to ``/frames``. Raises DiskError if the file cannot grow, as all that follow."""
        with disk_errors(self.path):
            self._frames.append(rows)
        self.rows += len(rows)
        if self._digest:
            self._digest.add(rows)

    def append_events(self, lines: bytes) -> None:
        """Appends whole JSON lines to ``/events``."""
        with disk_errors(self.path):
            self._events.append(np.frombuffer(lines, np.uint8))

    def append_beats(self, beats: np.ndarray[Any, Any]) -> None:
        """Appends rows of `beat_dtype` to ``/beats``."""
        with disk_errors(self.path):
            self._beats.append(beats)

    def flush(self) -> None:
        """Hands everything to the operating system: a reader sees it, and a killed recorder no longer loses it."""
        with disk_errors(self.path):
            self._file.flush()

    def digest(self) -> str:
        """Hash of the run's rows so far (see `Digest`): the running one, or read again from all segments."""
        if self._digest:
            return self._digest.hexdigest()
        self.flush()
        with ExitStack() as stack:
            earlier = [stack.enter_context(open_segment(p))["frames"] for p in segments(self.path.parent) if p != self.path]
            return content_digest([*earlier, self._file["frames"]])

    def finish(self, summary: dict[str, Any], complete: bool) -> None:
        """Writes the summary, closes the file and waits until the disk has it."""
        with disk_errors(self.path):
            self._summary.append(np.frombuffer(json.dumps(summary).encode(), np.uint8))
            self._file.attrs.modify("closed_epoch_s", np.float64(time.time()))
            self._file.attrs.modify("complete", np.uint8(complete))
            self._file.close()
            os.fsync(self.fd)
        os.close(self.fd)


class _Appender:
    """Appends to an extensible one-dimensional dataset through HDF5's own calls.

    h5py's assignment builds the HDF5 type of a row anew each time: 1 ms for a hundred columns, half of the time budget.
    """

    def __init__(self, dataset: h5py.Dataset) -> None:
        self._id = dataset.id
        self._type = dataset.id.get_type()
        self._length = int(dataset.shape[0])

    def append(self, rows: np.ndarray[Any, Any]) -> None:
        count = len(rows)
        if not count:
            return
        self._id.set_extent((self._length + count,))
        there = self._id.get_space()
        there.select_hyperslab((self._length,), (count,))
        self._id.write(h5py.h5s.create_simple((count,)), there, np.ascontiguousarray(rows), self._type)
        self._length += count


def _declare(file: h5py.File, number: int, layout: Layout, header: Header, beat_dtype: np.dtype[Any]) -> None:
    """Makes every group, dataset and attribute."""
    file.attrs["format"] = FORMAT
    file.attrs["format_version"] = FORMAT_VERSION
    file.attrs["segment"] = number
    file.attrs["policy"] = layout.policy
    for key in ("software_version", "build_id", "seed", "hardware", "t0_epoch_s", "period_us"):
        file.attrs[key] = getattr(header, key)
    file.attrs["simulated"] = np.uint8(header.simulated)
    file.attrs["rig"] = "SIMULATED" if header.simulated else header.hardware
    file.attrs["inputs"] = [signal.path for signal in inputs()]  # order of age_s and quality
    file.attrs["opened_epoch_s"] = time.time()
    file.attrs["closed_epoch_s"] = np.nan
    file.attrs["complete"] = np.uint8(0)
    file.create_dataset("header", data=json.dumps(header.everything))
    for name, text in header.configuration.items():
        file.create_dataset("config/" + name.replace("/", "_"), data=text)
    file.create_dataset("signals", data=_signal_table(layout))
    file.create_dataset("metrics", data=_table([(n, u) for n, u in header.metrics.items()], ("name", "unit")))
    frames = file.create_dataset("frames", (0,), layout.dtype, maxshape=(None,), chunks=(CHUNK_ROWS,), fillvalue=layout.fill())
    frames.attrs["columns"] = "see /signals: unit, description and missing value of each field"
    file.create_dataset("beats", (0,), beat_dtype, maxshape=(None,), chunks=(CHUNK_BEATS,))
    for name in ("events", "summary"):
        text = file.create_dataset(name, (0,), np.uint8, maxshape=(None,), chunks=(CHUNK_TEXT_BYTES,))
        text.attrs["encoding"] = "UTF-8, one JSON object a line"


def _signal_table(layout: Layout) -> np.ndarray[Any, Any]:
    names = ("name", "path", "unit", "description", "type", "statistic", "missing")
    texts = [
        (c.name, c.path, c.unit, c.description, c.type, c.statistic, "NaN" if (m := missing(c.type)) is None else str(m))
        for c in layout.columns
    ]
    plain = _table(texts, names)
    table = np.zeros(len(plain), np.dtype([*plain.dtype.descr, ("deterministic", "u1"), ("count", "<i4")]))
    for name in names:
        table[name] = plain[name]
    table["deterministic"] = [c.deterministic for c in layout.columns]
    table["count"] = [c.count for c in layout.columns]
    return table


def _table(rows: list[Any], names: tuple[str, ...]) -> np.ndarray[Any, Any]:
    """A structured array of UTF-8 strings, each column as wide as its longest."""
    columns = [[text.encode() for text in column] for column in zip(*rows, strict=True)] or [[] for _ in names]
    widths = [max((len(text) for text in column), default=0) or 1 for column in columns]
    table = np.zeros(len(rows), [(name, f"S{width}") for name, width in zip(names, widths, strict=True)])
    for name, column in zip(names, columns, strict=True):
        table[name] = column
    return table


def sync_folder(folder: Path) -> None:
    """Makes names in a folder durable; a file system that cannot is left alone."""
    with contextlib.suppress(OSError):
        fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)
