"""The page: what the template needs, and the template filled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cext.tables.metrics import metrics
from cext.tables.models import CHOICE, FULL
from controller.report import uncertainty, words
from controller.report.loops import loops
from controller.report.reading import Run, Step
from controller.report.style import RC
from controller.report.timing import timing
from controller.report.trend import trend
from controller.report.waveforms import MOST_STEPS, strips
from controller.runs.alarm_history import alarm_history

FOLDER = Path(__file__).parent
# Rows of the comparison at a glance; all others are in the appendix.
KEY_METRICS = (
    "hr_bpm", "map_mmHg", "aop_systolic_mmHg", "aop_diastolic_mmHg", "aop_augmented_mmHg", "aop_end_diastolic_assisted_mmHg",
    "aop_end_diastolic_unassisted_mmHg", "lvedp_mmHg", "lap_mean_mmHg", "cvp_mmHg", "lvedv_mL", "stroke_volume_mL",
    "lv_ejection_fraction_pct", "co_L_min", "cardiac_index_L_min_m2", "native_co_L_min", "pump_flow_L_min",
    "device_share_pct", "cpo_W", "stroke_work_mmHg_mL", "pva_mmHg_mL", "coronary_flow_mL_min", "sevr",
    "iabp_inflation_error_ms", "iabp_deflation_error_ms",
)  # fmt: skip
MOST_EVENTS = 300


@dataclass(frozen=True, slots=True)
class Cell:
    """One value of a table: text, SD, standard error, the mark of its footnote, and the change from the first step in percent."""

    text: str
    sd: str = ""
    error: str = ""
    note: str = ""
    change: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    label: str
    unit: str
    definition: str
    cells: list[Cell]


def page(run: Run) -> str:
    """The whole report as HTML; every picture and style is inside."""
    import matplotlib

    with matplotlib.rc_context(RC):
        pictures = {"strips": strips(run), "loops": loops(run), "trend": trend(run), "timing": timing(run)}
    return filled("report.html.j2", run=run, most_strips=MOST_STEPS, **pictures, **_content(run))


def filled(template: str, **content: Any) -> str:
    """A template of this folder with its content and the style of all pages; what is no markup is escaped."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals.update(words=words, metric=words.metric)
    return environment.get_template(template).render(css=(FOLDER / "report.css").read_text(encoding="utf-8"), **content)


def _content(run: Run) -> dict[str, Any]:
    verdict = run.verdict if run.verdict in words.VERDICTS else "INCOMPLETE"
    mark, meaning = words.VERDICTS[verdict]
    by_name = {step.name: step for step in run.steps}
    limits = [_judged(step, limit, by_name) for step in run.steps for limit in step.found.get("limits", ())]
    if verdict == "PASS" and not limits:
        meaning = "Nothing failed, and nothing was asked: the protocol has no limits."
    alarms = [event for event in run.events if event["priority"] != "info"]
    notes = Footnotes()
    measured = [step for step in run.steps if step.metrics]
    key = [row for name in KEY_METRICS if (row := _row(name, measured, notes, bare=True)) is not None]
    return {
        "verdict": verdict,
        "mark": mark,
        "meaning": meaning,
        "title": run.get("title") or run.get("protocol") or run.folder.name,
        "missed": [row for row in limits if row.limit.get("verdict") == "fail"],
        "met": sum(row.limit.get("verdict") == "pass" for row in limits),
        "unjudged": sum(row.limit.get("verdict") == "not-run" for row in limits),
        "close": sum(row.close for row in limits),
        "limits": limits,
        "simulated": run.get("simulated"),
        "gap": _gap(run),
        "facts": _facts(run),
        "settings": _settings(run),
        "deviations": [("", text) for text in run.summary.get("deviations", ())]
        + [(f"{step.number} {step.name}", text) for step in run.steps for text in step.found.get("deviations", ())],
        "data_facts": _data_facts(run),
        "measured": measured,
        "key_rows": key,
        "all_rows": [row for name in metrics() if (row := _row(name, measured, notes)) is not None],
        "footnotes": notes.texts,
        "alarms": alarms,
        "history": {(row["condition"], row["t_s"]): row for row in alarm_history(run.events)},
        "events": run.events[-MOST_EVENTS:],
        "events_left_out": max(0, len(run.events) - MOST_EVENTS),
    }


@dataclass(frozen=True, slots=True)
class Judged:
    """A limit with the 95 % half-width of what it judged (empty: not known); `close`: it lies within that."""

    step: Step
    limit: Mapping[str, Any]
    half_width: str
    close: bool


def _judged(step: Step, limit: Mapping[str, Any], by_name: Mapping[str, Step]) -> Judged:
    half_width = uncertainty.of_judged(limit, step, by_name)
    close = uncertainty.near(limit, half_width) and limit.get("verdict") in ("pass", "fail")
    return Judged(step, limit, "" if half_width is None else words.number(half_width, digits=2), close)


class Footnotes:
    """Reasons, each with a mark of its own."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}

    def mark(self, text: str) -> str:
        """The mark of a reason: a, b, … z, aa, ab, …"""
        if text not in self.texts:
            at, letters = len(self.texts), ""
            while at >= 0:
                letters, at = chr(97 + at % 26) + letters, at // 26 - 1
            self.texts[text] = letters
        return self.texts[text]


def _row(name: str, steps: list[Step], notes: Footnotes, bare: bool = False) -> Row | None:
    """A metric across the steps; `bare` rows have no footnotes, and are left out where no step has a value."""
    row = words.metric(name)
    values = [step.metrics.get(name) for step in steps]
    if not values or (bare and all(value is None for value in values)):
        return None
    cells = []
    for at, (step, value) in enumerate(zip(steps, values, strict=True)):
        if value is None:
            reason = (step.found.get("reasons") or {}).get(name)
            cells.append(Cell("–", note="" if bare or not reason else notes.mark(reason)))
            continue
        sd = (step.found.get("sd") or {}).get(name)
        first = values[0]
        change = ""
        if bare and at and first and row.unit != "ms":
            change = words.number(round(100.0 * (value - first) / abs(first)), "%", signed=True)
            change = "" if abs(value - first) < 0.005 * abs(first) else change
        error = step.uncertainty.get(name)
        fine = replace(row, decimals=row.decimals + 1)
        cells.append(
            Cell(row.text(value), "" if sd is None else row.text(sd), "" if error is None else fine.text(error), change=change)
        )
    return Row(name, row.label, row.unit, row.definition, cells)


def _facts(run: Run) -> list[tuple[str, str]]:
    realtime = bool(run.get("realtime", True))
    notes = run.get("notes") or {}
    temperature = notes.get("temperature_C")
    devices = run.get("devices") or {}
    facts = [
        ("Protocol", str(run.get("protocol", "–"))),
        ("Patient", str(run.get("patient") or "none (no patient model)")),
        *([("Circulation model", str(model))] if (model := run.header.get("settings", {}).get(CHOICE, FULL)) != FULL else []),
        ("Bench", str(run.get("bench", "–"))),
        ("Hardware", _hardware(run)),
        ("Devices", ", ".join(f"{kind}: {name}" for kind, name in devices.items())),
        ("Calibration", words.calibration_words(run.get("calibration"))),
        ("Started", words.moment(run.get("t0_epoch_s"))),
        ("Duration", words.duration(run.end_s) + (" of loop time" if realtime else " of virtual time")),
        ("Time", "real time" if realtime else "virtual time, as fast as the processor goes"),
        ("Real-time rights", words.rights_words(run.get("rights"), realtime)),
        ("Overruns", words.overrun_words(run, realtime)),
        ("Execution of a tick", words.execution_words(run.get("execution_us"))),
        ("Seed", str(run.get("seed", "–"))),
        ("Software", f"mockloop {run.get('software_version', '?')}, build {run.get('build_id', '?')}"),
        ("Operator", notes.get("operator") or ""),
        ("Prototype", words.dut_words(run.get("dut"))),
        ("Law", str(run.get("law") or "")),
        ("Faults asked for", "; ".join(run.get("faults") or ())),
        ("Device under test", notes.get("dut") or ""),
        ("Test fluid", notes.get("fluid") or ""),
        ("Temperature", "" if temperature is None else words.number(temperature, "°C")),
        ("Note", notes.get("note") or ""),
    ]
    return [(name, text) for name, text in facts if text]


def _settings(run: Run) -> list[tuple[str, str, str]]:
    """Path, value with unit and origin of the settings that somebody chose for this run: not the defaults, not the patient's."""
    from cext.tables.load import settings

    values, origins = run.header.get("settings") or {}, run.header.get("settings_from") or {}
    found = []
    for path, origin in origins.items():
        if not origin.startswith("patient "):
            value = values.get(path)
            text = ("on" if value else "off") if isinstance(value, bool) else str(value)
            row = settings().get(path)
            found.append((path, f"{text} {words.unit(row.unit) if row else ''}".strip(), origin))
    return found


def _hardware(run: Run) -> str:
    named = str(run.get("hardware", "–"))
    if run.get("record"):
        return f"{named}: outputs went nowhere"
    return "SIMULATED: no hardware was driven or measured" if run.get("simulated") else named


def _gap(run: Run) -> str:
    """Why the recording of a finished run is not whole, and how much of it is missing; empty where nothing is."""
    told = run.summary.get("recording") or {}
    if told.get("complete", True):
        return ""
    text = str(told.get("problem") or "the recorder did not close it")
    ticks = run.summary.get("ticks")
    if run.recording.get("policy") == "full" and isinstance(ticks, int) and len(run.time_s) < ticks:
        missing = ticks - len(run.time_s)
        text += (
            f". {missing} of {ticks} ticks are missing; metrics and limits come from the running loop, pictures from the file"
        )
    return f"{text}."


def _data_facts(run: Run) -> list[tuple[str, str]]:
    recording = run.recording
    if not recording:
        return [("Recording", "none that can be read")]
    lost = int(recording.get("lost_frames", 0))
    state = "complete" if recording.get("complete") else "NOT CLOSED: what was flushed before the end is there"
    return [
        ("Recording", f"{state}; policy {recording.get('policy', '?')}, {recording.get('segments', 1)} file(s)"),
        ("Frames", f"{len(run.time_s)} recorded, {lost} lost"),
        ("Beats", f"{len(run.beat_s)}"),
        ("SHA-256 of the content", str(recording.get("content_sha256") or "none: the recording was not closed")),
    ]
