"""A run in other formats, written block by block (MATLAB's apart), so that memory does not grow with the run."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import numpy as np

from controller.recording.newborn import newborn
from controller.runs.columns import StoredColumn, stored_columns
from controller.runs.events import KEYS, merged, read_events_file
from controller.runs.export_source import ExportSource, Progress
from controller.runs.opening import INPUT_FIELDS, TIME, beats_of, chosen
from controller.runs.stretches import BLOCK_ROWS

if TYPE_CHECKING:
    import h5py
    import pandas as pd

FORMATS = {"csv": "", "parquet": "pyarrow", "tdms": "nptdms", "mat": "scipy"}  # the library that each needs


def export_run(
    run: str | Path,
    form: str,
    out: str | Path | None = None,
    signals: Iterable[str] | None = None,
    progress: Progress | None = None,
) -> list[Path]:
    """Writes a run as files of another format and returns their paths.

    Args:
        run: the run folder, in any state.
        form: one of `FORMATS`.
        out: folder for the files, made if needed; default ``<run>/export``.
        signals: paths; default every signal (``age_s`` and ``quality`` only if named).
        progress: called with the share done, 0 to 1.

    CSV: ``frames.csv`` (t_s first, then one column a signal, an empty cell for a missing value), ``beats.csv``, ``events.csv``,
    ``signals.csv`` (unit and description of each column). Numbers are the shortest that read back to the same value in the
    width that was recorded. The other formats: export_parquet, export_tdms, export_mat; they keep value, width and unit, and
    missing integers are null (Parquet) or doubles with NaN.

    Raises:
        ValueError: an unknown format, one whose library is not installed, or a run too long for it.
        FileNotFoundError, RecordingError, KeyError: as `open_run`. OSError: cannot write.
    """
    from controller.recording.reading import json_lines, open_segments

    if form not in FORMATS:
        raise ValueError(f"export format {form!r} is not known: allowed is one of {', '.join(FORMATS)}")
    library = FORMATS[form]
    if library and find_spec(library) is None:
        raise ValueError(f"export format {form!r} needs {library}, which is not installed: pip install 'mockloop[export]'")
    folder = Path(run)
    if not folder.is_dir():
        raise FileNotFoundError(f"run {folder} is not a folder")
    with ExitStack() as stack:
        files = open_segments(folder, stack)
        columns = chosen(stored_columns(files[0]), signals, folder)
        if signals is None:
            columns = [c for c in columns if c.variable not in INPUT_FIELDS]
        columns.sort(key=lambda c: c.path != TIME)  # stable: time first
        target = Path(out) if out else folder / "export"
        target.mkdir(parents=True, exist_ok=True)
        events = merged(read_events_file(folder / "events.jsonl"), *(json_lines(file["events"]) for file in files))
        if form != "csv":
            write: Callable[[ExportSource, Path], list[Path]] = import_module(f"controller.runs.export_{form}").write
            return write(ExportSource(files, columns, events, progress), target)
        inputs = [str(path) for path in files[0].attrs["inputs"]]
        return [
            _write_frames(target / "frames.csv", files, columns, inputs, progress),
            _write_beats(target / "beats.csv", files),
            _write_events(target / "events.csv", events),
            _write_signals(target / "signals.csv", columns),
        ]


@contextmanager
def _new_file(path: Path) -> Iterator[TextIO]:
    """A text file that bears its name only when it is whole."""
    with newborn(path) as draft, draft.open("w", encoding="utf-8", newline="") as file:
        yield file


def _write_frames(
    path: Path, files: list[h5py.File], columns: list[StoredColumn], inputs: list[str], progress: Progress | None
) -> Path:
    from controller.recording.reading import blocks

    frames = [file["frames"] for file in files]
    total, done, header = sum(dataset.shape[0] for dataset in frames), 0, True
    with _new_file(path) as file:
        for rows in blocks(frames):
            for start in range(0, len(rows), BLOCK_ROWS):
                part = rows[start : start + BLOCK_ROWS]
                _table(part, columns, inputs).to_csv(file, index=False, header=header, lineterminator="\n")
                header = False
                done += len(part)
                if progress:
                    progress(done / max(total, 1))
        if header:
            _table(np.empty(0, frames[0].dtype), columns, inputs).to_csv(file, index=False, lineterminator="\n")
    return path


def _table(rows: np.ndarray[Any, Any], columns: list[StoredColumn], inputs: list[str]) -> pd.DataFrame:
    import pandas as pd

    table: dict[str, Any] = {}
    for column in columns:
        values = rows[column.field]
        if column.count > 1:
            table |= {f"{column.variable}:{name}": values[:, k] for k, name in enumerate(inputs)}
        elif column.missing is None:
            table[column.variable] = values
        else:
            table[column.variable] = pd.arrays.IntegerArray(np.ascontiguousarray(values), values == column.missing)
    return pd.DataFrame(table, copy=False)


def _write_beats(path: Path, files: list[h5py.File]) -> Path:
    beats = beats_of(files)
    with _new_file(path) as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(beats.dtype.names)
        for row in beats.tolist():
            writer.writerow("" if value != value else value for value in row)
    return path


def _write_events(path: Path, events: list[dict[str, Any]]) -> Path:
    with _new_file(path) as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(KEYS)
        for event in events:
            writer.writerow([json.dumps(event[key]) if key == "data" else event[key] for key in KEYS])
    return path


def _write_signals(path: Path, columns: list[StoredColumn]) -> Path:
    with _new_file(path) as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["column", "unit", "statistic", "description"])
        for column in columns:
            words = column.attributes
            writer.writerow([column.variable, words["units"], words["statistic"], words["description"]])
    return path
