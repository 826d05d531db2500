"""From two run folders to their comparison."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from controller.recording.newborn import newborn


@dataclass(frozen=True, slots=True)
class Written:
    """Where the page is, and what it says, for programs."""

    path: Path
    data: dict[str, Any]


def write_comparison(run: str | Path, reference: str | Path, out: str | Path | None = None) -> Written:
    """Writes the comparison of a run with a reference as one self-contained page and returns where it is, with its numbers.

    Steps are matched by name and repeat. `out` defaults to ``comparison-<name of the reference>.html`` in the folder of the run.

    Raises:
        FileNotFoundError: a folder that is no run. ValueError: twice the same folder. OSError: cannot be written.
    """
    from controller.report.comparison.matching import compare
    from controller.report.comparison.page import as_data, page

    folder, other = Path(run), Path(reference)
    if folder.is_dir() and other.is_dir() and folder.resolve() == other.resolve():
        raise ValueError(f"run {folder} would be compared with itself: give another run with --against")
    found = compare(folder, other)
    path = Path(out) if out else folder / f"comparison-{other.resolve().name}.html"
    with newborn(path) as draft:
        draft.write_text(page(found), encoding="utf-8")
    return Written(path, as_data(found))
