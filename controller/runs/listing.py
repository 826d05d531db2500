"""The run folders below a folder, newest first."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from controller.recording.names import segments


@dataclass(frozen=True, slots=True)
class Run:
    """A run folder at a glance.

    `state` is ``closed``, ``running``, ``killed`` (its recorder did not close the file) or ``unreadable``; `verdict` is that
    of summary.json ("" without one); `duration_s` the time recorded.
    """

    path: Path
    state: str
    policy: str = ""
    simulated: bool = False
    started_epoch_s: float = float("nan")
    duration_s: float = 0.0
    size_MB: float = 0.0
    verdict: str = ""


def list_runs(root: str | Path) -> list[Run]:
    """Every folder in `root` that holds a recording. Raises FileNotFoundError if `root` is no folder."""
    folder = Path(root)
    if not folder.is_dir():
        raise FileNotFoundError(f"{folder} is not a folder: no runs to list")
    found = [_glance(path) for path in folder.iterdir() if path.is_dir() and segments(path)]
    return sorted(found, key=lambda run: (-run.started_epoch_s, run.path.name))


def _glance(folder: Path) -> Run:
    from controller.recording.ownership import writer_lives
    from controller.recording.reading import RecordingError, open_segment

    paths = segments(folder)
    size = sum(path.stat().st_size for path in paths) / 1e6
    verdict = str(_summary(folder).get("verdict", ""))
    try:
        with open_segment(paths[0]) as first, open_segment(paths[-1]) as last:
            closed = last.attrs["closed_epoch_s"] > 0
            frames = last["frames"]
            end_s = float(frames.fields("time_t_s")[-1:][0]) if frames.shape[0] else 0.0
            return Run(
                folder,
                "closed" if closed else "running" if writer_lives(paths[-1]) else "killed",
                str(first.attrs["policy"]),
                bool(first.attrs["simulated"]),
                float(first.attrs["t0_epoch_s"]),
                end_s,
                size,
                verdict,
            )
    except RecordingError:
        return Run(folder, "unreadable", size_MB=size, verdict=verdict)


def _summary(folder: Path) -> dict[str, Any]:
    try:
        found = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
