"""The lists that people choose from, read from files when asked: protocols with their plans, patients, settings, runs."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

Row = dict[str, Any]
RUN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]{0,150}\Z")


def protocols() -> list[Row]:
    """Name, title, description, bench, patient, needs and file of every protocol; `problem` where it cannot be read."""
    from controller.config.errors import ConfigError
    from controller.config.find import available
    from controller.config.source import read

    found = []
    for name, path in available("protocol").items():
        row: Row = {"name": name, "title": "", "description": "", "requires": [], "patient": "", "bench": "", "problem": ""}
        try:
            header = read(path).tables.get("protocol", {})
        except ConfigError as error:
            row["problem"] = str(error.problems[0])
        else:
            if isinstance(header, dict):
                row |= {key: header[key] for key in ("title", "description", "requires", "patient", "bench") if key in header}
        found.append(row)
    return found


def patients() -> list[Row]:
    from controller.config.errors import ConfigError
    from controller.config.find import available
    from controller.config.source import read

    found = []
    for name, path in available("patient").items():
        try:
            header = read(path).tables.get("patient", {})
        except ConfigError:
            continue
        found.append({"name": name, "title": str(header.get("title", "")) if isinstance(header, dict) else ""})
    return found


def plan_of(protocol: str, bench: str | None, patient: str | None, sets: list[str]) -> Row:
    """What `run --dry-run` prints, in words and per step. Raises ConfigError with everything that is wrong."""
    from controller.config.experiment import load_experiment
    from controller.config.plan import plan
    from controller.config.plan_text import lines, seconds, step_lines

    experiment = load_experiment(protocol, bench=bench, patient=patient, sets=sets)
    assert experiment.protocol is not None
    planned = plan(experiment.protocol, experiment.settings.values_by_path)
    return {
        "name": experiment.protocol.protocol.name,
        "title": planned.protocol.title,
        "patient": experiment.patient.patient.name if experiment.patient else None,
        "bench": experiment.bench.bench.name,
        "simulated": experiment.bench.bench.simulated,
        "expected": seconds(planned.expected_s),
        "longest": seconds(planned.longest_s),
        "expected_s": planned.expected_s,
        "steps": [
            {"number": step.number, "label": step.label, "title": step.step.title or "", "lines": list(step_lines(step))}
            for step in planned.steps
        ],
        "text": lines(planned),
    }


def setting_rows() -> list[Row]:
    """The settings table as a form needs it."""
    from cext.tables.load import settings

    keys = ("path", "unit", "kind", "default", "low", "high", "choices", "live", "description", "source")
    return [
        {key: getattr(row, key) for key in keys} | {"allowed": row.allowed} for row in settings().values() if not row.internal
    ]


def fault_words() -> Row:
    """The vocabulary of faults: places, and kinds with what each does."""
    from cext.tables.load import inputs, outputs
    from controller.faults.fault import CALL_KINDS, CALLS, DOES, KINDS

    return {
        "places": [*(signal.path for signal in inputs()), *(signal.path for signal in outputs()), *CALLS],
        "kinds": {kind: DOES[kind] for kind in KINDS},
        "calls": list(CALLS),
        "call_kinds": list(CALL_KINDS),
    }


def metric_rows() -> Row:
    from cext.tables.metrics import metrics

    return {name: {"unit": row.unit, "label": row.label, "decimals": row.decimals} for name, row in metrics().items()}


def runs(root: Path) -> list[Row]:
    """Every run folder below `root`, newest first."""
    from controller.runs.listing import list_runs

    try:
        found = list_runs(root)
    except FileNotFoundError:
        return []
    rows = []
    for run in found:
        row = asdict(run) | {"name": run.path.name, "report": (run.path / "report.html").is_file()}
        row.pop("path")
        if row["started_epoch_s"] != row["started_epoch_s"]:
            row["started_epoch_s"] = None
        rows.append(row | {"protocol": _protocol(run.path)})
    return rows


def _protocol(folder: Path) -> str:
    try:
        return str(json.loads((folder / "config" / "header.json").read_text(encoding="utf-8")).get("protocol") or "")
    except (OSError, ValueError, AttributeError):
        return ""


def run_folder(root: Path, run: str) -> Path | None:
    """The folder of a run below `root`; None for anything that is not one."""
    if not RUN_NAME.match(run) or ".." in run:
        return None
    path = root / run
    return path if path.is_dir() else None


def run_file(root: Path, run: str, name: str) -> Path | None:
    """A file of a run below `root`; None for anything that is not one."""
    folder = run_folder(root, run)
    return folder / name if folder is not None and (folder / name).is_file() else None
