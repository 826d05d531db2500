"""Numbers, limits and facts of a run in words for people."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from cext.tables.metrics import Metric, metrics

VERDICTS = {
    "PASS": ("✓", "All limits were met."),
    "FAIL": ("✗", "At least one limit was missed."),
    "ABORTED": ("■", "The protocol was ended before its last step."),
    "TRIPPED": ("▲", "The bench tripped into its safe state."),
    "INCOMPLETE": ("…", "The run did not end in an orderly way: nothing here is a verdict on the device."),
}
MARKS = {"pass": "✓ pass", "fail": "✗ fail", "aborted": "■ aborted", "not-run": "– not run", "cut-off": "… cut off"}


DEVICES = {
    "impella-2.5": "Impella 2.5",
    "impella-cp": "Impella CP",
    "impella-5.0": "Impella 5.0",
    "impella-ld": "Impella LD",
    "impella-rp": "Impella RP",
    "heartmate-3": "HeartMate 3",
    "simaan": "Simaan pump",
    "simaan-b": "Simaan pump (second set)",
}


def device(name: str) -> str:
    """A device as people write it; its file's name where nobody has said how."""
    return DEVICES.get(name, name)


def metric(name: str) -> Metric:
    """The row of the table, or a plain one for a metric of another version."""
    return metrics().get(name) or Metric(name, "", name, "")


def unit(name: str) -> str:
    """A unit with raised exponents: m², cm⁵."""
    return name.replace("m2", "m²").replace("cm5", "cm⁵").replace("cm3", "cm³")


def number(value: float | None, unit_name: str = "", signed: bool = False, digits: int = 4) -> str:
    """A value with at most `digits` significant digits (all before the point are shown); ``–`` for None."""
    if value is None:
        return "–"
    sign = "+" if signed and value else ""
    text = f"{value:{sign}.{digits}g}"
    if "e" in text:
        text = f"{value:{sign}.0f}"
    return text.replace("-", "−") + (f"\u00a0{unit(unit_name)}" if unit_name else "")


def measured(name: str, value: float | None) -> str:
    """The value of a metric with the digits of the table of metrics, and its unit."""
    row = metric(name)
    return row.text(value) + (f"\u00a0{unit(row.unit)}" if value is not None and row.unit else "")


def limit_words(limit: Mapping[str, Any]) -> str:
    """What was asked: ``50 to 68 mmHg``, ``≥ 20 mmHg``, with a reference as a change: ``≤ −5 % against baseline``."""
    low, high, unit = limit.get("low"), limit.get("high"), limit.get("judged_unit") or limit.get("unit", "")
    relative = bool(limit.get("relative_to") or limit.get("relative_metric"))
    if low is not None and high is not None:
        text = f"{number(low, signed=relative)} to {number(high, unit, relative)}"
    elif low is not None:
        text = f"≥ {number(low, unit, relative)}"
    else:
        text = f"≤ {number(high, unit, relative)}"
    if not relative:
        return text
    of = metric(limit["relative_metric"]).label.lower() if limit.get("relative_metric") else ""
    step = limit.get("relative_to")
    return f"{text} against {of or step}" + (f" of {step}" if of and step else "")


def judged_words(limit: Mapping[str, Any]) -> str:
    """The difference from the reference that was judged; empty for a plain limit."""
    if limit.get("reference") is None or limit.get("judged") is None:
        return ""
    return number(limit["judged"], limit.get("judged_unit", ""), signed=True, digits=3)


def duration(seconds: float | None) -> str:
    """``2 min 05 s``, ``43.6 s``, ``3 h 02 min``."""
    if seconds is None:
        return "–"
    if seconds < 60:
        return f"{seconds:.1f}\u00a0s"
    if seconds < 3600:
        return f"{int(seconds // 60)}\u00a0min {int(seconds % 60):02d}\u00a0s"
    return f"{int(seconds // 3600)}\u00a0h {int(seconds % 3600 // 60):02d}\u00a0min"


def moment(epoch_s: float | None) -> str:
    """Local date and time with its offset."""
    if not epoch_s:
        return "–"
    return datetime.fromtimestamp(epoch_s, UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S %z")


def rights_words(rights: Any, realtime: bool) -> str:
    """Which real-time rights were granted, and which refused and why."""
    if not realtime:
        return "none asked for (virtual time)"
    if not rights:
        return "not reported"
    parts = []
    for right in rights:
        name = right.get("name") or right.get("right") or "?"
        detail = right.get("detail") or right.get("reason") or ""
        parts.append(f"{name} {'granted' if right.get('granted') else 'refused'}" + (f" ({detail})" if detail else ""))
    return "; ".join(parts)


def overrun_words(run: Any, realtime: bool) -> str:
    """Missed periods and how late the loop woke."""
    missed, ticks = run.get("missed_periods"), run.get("ticks")
    if missed is None:
        return "not known"
    text = f"{missed} of {ticks} periods missed" if ticks else f"{missed} periods missed"
    late = run.get("lateness_us")
    if realtime and late:
        text += "".join(
            f"; {word} {number(late[key], 'µs')}"
            for word, key in (("wake-up late by median", "median_us"), ("99 %", "p99_us"), ("at most", "max_us"))
            if key in late
        )
    return text


def execution_words(execution: Mapping[str, Any] | None) -> str:
    if not execution:
        return "not known"
    return f"median {number(execution.get('median_us'), 'µs')}, at most {number(execution.get('max_us'), 'µs')}"


def calibration_words(found: Mapping[str, Any] | None) -> str:
    """The calibration that was in force: its file, its hash, how many channels; none is said, too."""
    if not found:
        return "none: nothing was calibrated on this bench"
    sensors, actuators = found.get("sensors") or {}, found.get("actuators") or {}
    dates = [str(row["date"]) for row in (*sensors.values(), *actuators.values())]
    since = f", the oldest of {min(dates)}" if dates else ""
    return f"{found['file']}: {len(sensors)} inputs, {len(actuators)} outputs{since}; SHA-256 {found['sha256']}"


def dut_words(found: Mapping[str, Any] | None) -> str:
    """A prototype with its own console: what it is, and what shows it; empty where there is none."""
    if not found:
        return ""
    parts = [found["name"]]
    parts += [f"{key} {found[key]}" for key in ("serial", "firmware", "console") if found.get(key)]
    measured = ", ".join(found.get("measured_by") or ())
    return ", ".join(parts) + "; measured, not driven" + (f", by {measured}" if measured else "")


def then_words(row: Mapping[str, Any] | None) -> str:
    """What became of an alarm; empty for what is none."""
    if row is None:
        return ""
    parts = ["came first of those active"] if row["first_out"] else []
    parts += [f"raised {row['count']} times"] if row["count"] > 1 else []
    parts.append("lasts" if row["ended_s"] is None else f"ended at {row['ended_s']:.3f} s")
    seen = row["acknowledged_by"]
    parts.append("not acknowledged" if seen is None else f"acknowledged at {row['acknowledged_s']:.3f} s by {seen}")
    return "; ".join(parts)
