"""The run folder: made once, never overwritten."""

from __future__ import annotations

import errno
import json
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from controller.recording.newborn import newborn

RESERVE_BYTES = 200e6  # left free on the disk beside the recording


class NoSpace(OSError):
    """The disk has too little space for the plan."""


def bytes_per_tick() -> int:
    """Bytes that one tick takes in a recording of policy ``full``."""
    from controller.recording.layout import layout

    return int(layout("full").dtype.itemsize)


def make_folder(out: Path | None, protocol: str) -> Path:
    """A new empty folder: `out`, or ``runs/<date>-<time>-<protocol>`` here.

    Raises:
        FileExistsError: `out` exists and is not empty. OSError: it cannot be made.
    """
    if out is not None:
        if out.exists() and (not out.is_dir() or any(out.iterdir())):
            raise FileExistsError(
                errno.EEXIST, "exists and is not an empty folder; a run is never overwritten: give another --out", str(out)
            )
        out.mkdir(parents=True, exist_ok=True)
        return out.resolve()
    stamp = time.strftime("%Y%m%d-%H%M%S")
    for count in range(1, 1000):
        folder = Path("runs") / (f"{stamp}-{protocol}" + (f"-{count}" if count > 1 else ""))
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            continue
        return folder.resolve()
    raise FileExistsError(errno.EEXIST, "a thousand runs in one second", "runs")


def check_space(folder: Path, seconds: float, period_s: float) -> None:
    """Raises NoSpace if the plan's frames and the reserve do not fit on the disk that `folder` lies, or will lie, on."""
    need = seconds / period_s * bytes_per_tick() * 1.1 + RESERVE_BYTES
    there = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    free = shutil.disk_usage(there).free
    if free < need:
        text = (
            f"the plan of {seconds:.0f} s needs {need / 1e6:.0f} MB, the disk has {free / 1e6:.0f} MB free: "
            "free some, or give --out elsewhere"
        )
        raise NoSpace(errno.ENOSPC, text, str(folder))


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Writes a JSON file in one piece: a reader sees the old one or the new one, never half of it."""
    with newborn(path) as draft:
        draft.write_text(json.dumps(content, ensure_ascii=False, allow_nan=False, indent=2) + "\n", encoding="utf-8")
