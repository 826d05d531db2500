"""Names of a recording's files in a run folder: recording.h5, and recording.001.h5 … after each restart of the recorder."""

from __future__ import annotations

import re
from pathlib import Path

_PATTERN = re.compile(r"recording(?:\.(\d{3,}))?\.h5")


def segment_path(folder: Path, number: int) -> Path:
    """Path of segment `number`, 0 being the first."""
    return folder / ("recording.h5" if number == 0 else f"recording.{number:03d}.h5")


def segments(folder: Path) -> list[Path]:
    """The segments in a run folder, first to last. Raises FileNotFoundError if there is no such folder."""
    found = [(int(match[1] or 0), path) for path in folder.iterdir() if (match := _PATTERN.fullmatch(path.name))]
    return [path for _, path in sorted(found)]


def next_number(folder: Path) -> int:
    """The number that the next segment gets."""
    found = segments(folder)
    if not found:
        return 0
    match = _PATTERN.fullmatch(found[-1].name)
    return int(match[1] or 0) + 1 if match else 0
