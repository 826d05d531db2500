"""From a run folder to its report."""

from __future__ import annotations

from pathlib import Path

from controller.recording.newborn import newborn


def write_report(folder: str | Path) -> Path:
    """Writes ``report.html`` into a run folder, whatever state the run is in, and returns its path.

    A run without summary.json (killed, still running) is reported as INCOMPLETE with what its recording holds; a folder
    whose recording cannot be read is reported without pictures, and says why. One file, nothing is fetched from anywhere.

    Raises:
        FileNotFoundError: no such folder, or neither a summary nor a recording in it. OSError: cannot be written.
    """
    from controller.report.page import page
    from controller.report.reading import read_run

    run = read_run(Path(folder))
    path = run.folder / "report.html"
    with newborn(path) as draft:
        draft.write_text(page(run), encoding="utf-8")
    return path
