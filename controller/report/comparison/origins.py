"""Where two runs are from: facts, settings and files in which they differ, and those in which they do not."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Any

from controller.report import words
from controller.report.reading import Run

MOST_LINES = 80
FACTS = (
    ("Protocol", "protocol"), ("Bench", "bench"), ("Patient", "patient"), ("Devices", "devices"), ("Drives", "drives"),
    ("Law", "law"), ("Prototype", "dut"), ("Calibration", "calibration"), ("Seed", "seed"), ("Policy", "policy"),
    ("Period", "period_us"), ("Faults asked for", "faults"),
)  # fmt: skip
NOTES = (("Device under test", "dut"), ("Operator", "operator"), ("Test fluid", "fluid"), ("Temperature, °C", "temperature_C"),
         ("Note", "note"))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Both:
    """A fact in words, of the reference and of the run."""

    name: str
    reference: str
    run: str

    @property
    def same(self) -> bool:
        return self.reference == self.run


@dataclass(frozen=True, slots=True)
class File:
    """A file of the configuration: ``the same``, ``only in …``, or the lines that differ."""

    name: str
    state: str
    lines: tuple[str, ...] = ()
    left_out: int = 0


def facts(reference: Run, run: Run) -> list[Both]:
    """What was tested, on what, by which software."""
    rows = [Both(name, _text(reference, key), _text(run, key)) for name, key in FACTS]
    rows.append(Both("Hardware", _hardware(reference), _hardware(run)))
    rows.append(Both("Time", *("real time" if r.get("realtime", True) else "virtual time" for r in (reference, run))))
    rows.append(Both("Software", *(f"mockloop {r.get('software_version', '?')}" for r in (reference, run))))
    rows.append(Both("Build", *(str(r.get("build_id", "?")) for r in (reference, run))))
    before, after = (r.get("notes") or {} for r in (reference, run))
    rows += [Both(name, str(before.get(key) or "–"), str(after.get(key) or "–")) for name, key in NOTES]
    return rows


def settings(reference: Run, run: Run) -> list[Both]:
    """Settings at the start that are not the same. Those that steps change are in the protocol."""
    before, after = (r.header.get("settings") or {} for r in (reference, run))
    rows = [Both(path, _value(before, path), _value(after, path)) for path in sorted({*before, *after})]
    return [row for row in rows if not row.same]


def files(reference: Run, run: Run) -> list[File]:
    """Protocol, bench, patient, device and calibration files as used, held against each other line by line."""
    before, after = (r.header.get("configuration") or {} for r in (reference, run))
    found = []
    for name in sorted({*before, *after}):
        if name not in before or name not in after:
            found.append(File(name, "only in the run" if name in after else "only in the reference"))
        elif before[name] == after[name]:
            found.append(File(name, "the same"))
        else:
            lines = list(difflib.unified_diff(before[name].splitlines(), after[name].splitlines(), "", "", "", "", 1, ""))[2:]
            found.append(File(name, "differs", tuple(lines[:MOST_LINES]), max(0, len(lines) - MOST_LINES)))
    return found


def alarms(reference: Run, run: Run) -> list[tuple[str, str, int, int]]:
    """(condition or text, priority, how often in the reference, how often in the run) of all alarms, as often as raised."""
    counts: dict[tuple[str, str], list[int]] = {}
    for side, found in enumerate((reference, run)):
        for event in found.events:
            if event["priority"] != "info":
                name = str(event["data"].get("condition") or event["text"])
                counts.setdefault((name, event["priority"]), [0, 0])[side] += 1
    return [(name, priority, a, b) for (name, priority), (a, b) in counts.items()]


def _text(run: Run, key: str) -> str:
    value: Any = run.recording.get(key) if key == "policy" else run.get(key)
    if key == "calibration":
        return words.calibration_words(value)
    if key == "dut":
        return words.dut_words(value) or "–"
    if isinstance(value, dict):
        return ", ".join(f"{name}: {item}" for name, item in value.items()) or "–"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "–"
    return f"{value} µs" if key == "period_us" and value is not None else str(value if value not in (None, "") else "–")


def _hardware(run: Run) -> str:
    return "SIMULATED" if run.get("simulated") else str(run.get("hardware", "–"))


def _value(values: dict[str, Any], path: str) -> str:
    if path not in values:
        return "no such setting"
    value = values[path]
    return ("on" if value else "off") if isinstance(value, bool) else "–" if value is None else str(value)
