"""What a test leaves behind for those who read its outcome: limits of its protocols, and the last seconds when it failed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cext.frame import FRAME_DTYPE
from controller.testing.artifacts import LAST_S, file_name, keep
from controller.testing.limits import Verdict

if TYPE_CHECKING:
    from controller.session.events import Event
    from controller.testing.rig import BenchRig
    from controller.testing.run import Ran

ABOUT, KEPT = "mockloop.about", "mockloop.kept"  # names of JUnit properties; limits are mockloop.limit.<metric>


def about_rig(rig: BenchRig) -> tuple[str, str]:
    """What a test ran on, as a property (JSON); the settings in force stay with what is kept of a failure."""
    facts = {key: value for key, value in rig.about().items() if key not in ("settings", "state", "latched")}
    return ABOUT, json.dumps(facts, ensure_ascii=False)


def about_run(ran: Ran) -> tuple[str, str]:
    """What a protocol ran on, its verdict, and the hash of its recording, as a property (JSON)."""
    keys = (
        "protocol",
        "verdict",
        "bench",
        "simulated",
        "hardware",
        "patient",
        "seed",
        "calibration",
        "software_version",
        "build_id",
    )
    facts = {key: ran.summary.get(key) for key in keys}
    facts["sha256"] = (ran.summary.get("recording") or {}).get("content_sha256")
    return ABOUT, json.dumps(facts, ensure_ascii=False)


def limits_of(ran: Ran) -> list[Verdict]:
    """The limits of a protocol's steps that were judged, named ``step.metric``; a change against a reference as what was judged."""
    found = []
    for step in ran.result.steps:
        for limit in step.limits:
            if limit.verdict in ("pass", "fail"):
                name = f"{step.name}.{limit.metric}"
                passed, unit = limit.verdict == "pass", limit.judged_unit or limit.unit
                low, high = limit.low, limit.high
                found.append(
                    Verdict(name, limit.judged, unit, low, high, limit.source, passed, limit.reason, step.end_s or 0.0)
                )
    return found


def keep_rig(folder: Path, test: str, rig: BenchRig) -> list[Path]:
    """The last ten seconds of a bench in the hands of a failed test, as data and picture. Raises OSError."""
    return keep(folder, test, rig.frames(LAST_S), rig.events, rig.about())


def keep_run(folder: Path, test: str, number: int, ran: Ran) -> list[Path]:
    """The last ten seconds of a protocol's recording as data and picture, and its report; the run folder is pytest's, and goes.

    Raises:
        OSError, RecordingError: the recording cannot be read, or the folder not be written.
    """
    from controller.report import write_report
    from controller.runs import open_run

    name = f"{test}-run-{number}-{ran.summary['protocol']}"
    end_s = float(ran.dataset["time"].values[-1])
    last = open_run(ran.folder, start_s=end_s - LAST_S)
    frames = np.zeros(last.sizes["time"], FRAME_DTYPE)
    for column in FRAME_DTYPE.names or ():
        if column in last:
            frames[column] = last[column].values
    frames["time.t_s"] = last["time"].values
    facts = {
        key: ran.summary.get(key)
        for key in ("bench", "simulated", "seed", "patient", "software_version", "build_id", "verdict")
    }
    kept = keep(folder, name, frames, _events(ran.events, end_s - LAST_S), facts)
    report = folder / f"{file_name(name)}.html"
    shutil.copyfile(write_report(ran.folder), report)
    return [*kept, report]


def _events(lines: Iterable[dict[str, Any]], start_s: float) -> list[Event]:
    from controller.session.events import Event

    names = set(Event.__dataclass_fields__)
    return [Event(**{key: value for key, value in line.items() if key in names}) for line in lines if line["t_s"] >= start_s]
