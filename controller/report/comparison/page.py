"""The page of a comparison: what its template needs, and the template filled; the same numbers for programs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from controller.report import words
from controller.report.comparison import origins
from controller.report.comparison.loops import paired_loops
from controller.report.comparison.matching import Comparison, Difference
from controller.report.comparison.overlay import by_r_wave, overlays
from controller.report.page import KEY_METRICS, filled
from controller.report.style import RC

OUTCOMES = {
    "better": ("▲", "pass", "Limits that the reference missed are met, and none that it met is missed."),
    "worse": ("▼", "fail", "Limits that the reference met are missed."),
    "mixed": ("◆", "fail", "Some limits that the reference met are missed, and some that it missed are met."),
    "same": ("=", "incomplete", "No limit that both runs judged changed its verdict."),
    "none": ("…", "incomplete", "Nothing can be compared: no step has the same name in both runs."),
}


@dataclass(frozen=True, slots=True)
class Cell:
    """A difference for people: change with its uncertainty, both values, and whether it is beyond the uncertainty."""

    change: str
    values: str
    beyond: bool = False
    rises: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    label: str
    unit: str
    cells: list[Cell]


def page(found: Comparison) -> str:
    """The whole comparison as HTML; every picture and style is inside."""
    import matplotlib

    with matplotlib.rc_context(RC):
        pictures: dict[str, Any] = {"overlays": overlays(found), "loops": paired_loops(found)}
    return filled("comparison/comparison.html.j2", **pictures, **_content(found))


def _content(found: Comparison) -> dict[str, Any]:
    mark, tone, meaning = OUTCOMES[found.outcome]
    if found.outcome == "same" and not found.limits:
        meaning = "Neither run judged a limit in a step that both have."
    facts = origins.facts(found.reference, found.run)
    files = origins.files(found.reference, found.run)
    key = [row for name in KEY_METRICS if (row := _row(name, found)) is not None]
    compared = [cell for row in key for cell in row.cells if cell.change not in ("", "–")]
    return {
        "found": found,
        "mark": mark,
        "tone": tone,
        "meaning": meaning,
        "title": f"{_name(found.run.folder)} against {_name(found.reference.folder)}",
        "lost": [judged for judged in found.limits if judged.lost],
        "gained": [judged for judged in found.limits if judged.gained],
        "both_judged": sum(not judged.changed for judged in found.limits),
        "key_rows": key,
        "compared": len(compared),
        "beyond": sum(cell.beyond for cell in compared),
        "uncertain": any(d.half_width is not None for pair in found.pairs for d in pair.differences.values()),
        "facts": [fact for fact in facts if not fact.same],
        "same_facts": [f"{fact.name} ({fact.run})" for fact in facts if fact.same and fact.run != "–"],
        "settings": origins.settings(found.reference, found.run),
        "files": files,
        "alarms": origins.alarms(found.reference, found.run),
        "hashes": [str(run.recording.get("content_sha256") or "") for run in (found.reference, found.run)],
        "r_wave": by_r_wave(found),
        "rows_of": [(pair, [_full(d) for d in pair.differences.values()]) for pair in found.pairs],
    }


def _name(folder: Any) -> str:
    return str(folder.resolve().name)


def _row(name: str, found: Comparison) -> Row | None:
    """A metric across the steps; None where no step has it in both runs."""
    differences = [pair.differences.get(name) for pair in found.pairs]
    if not any(d is not None and d.value is not None for d in differences):
        return None
    row = words.metric(name)
    return Row(name, row.label, row.unit, [_cell(d) for d in differences])


def _cell(found: Difference | None) -> Cell:
    if found is None:
        return Cell("–", "")
    row = words.metric(found.name)
    values = f"{row.text(found.reference)} → {row.text(found.run)}"
    if found.value is None:
        return Cell("–", values)
    return Cell(_change(found), values, found.beyond, found.value > 0)


def _change(found: Difference) -> str:
    row = words.metric(found.name)
    row = replace(row, decimals=row.decimals + 1)
    text = row.text(found.value)
    signed = f"+{text}" if found.value is not None and found.value > 0 and text.strip("0.") else text
    return signed if found.half_width is None else f"{signed} ± {row.text(found.half_width)}"


def _full(found: Difference) -> tuple[Any, str, str, str, str, bool]:
    """Row of the metric, reference, run, change, percent, beyond."""
    row = words.metric(found.name)
    change = "–" if found.value is None else _change(found)
    pct = "" if found.pct is None else words.number(round(found.pct, 1), "%", signed=True)
    return row, row.text(found.reference), row.text(found.run), change, pct, found.beyond


def as_data(found: Comparison) -> dict[str, Any]:
    """The numbers of a comparison as plain types, for ``--json``."""
    facts = origins.facts(found.reference, found.run)
    return {
        "outcome": found.outcome,
        "run": {"folder": str(found.run.folder), "verdict": found.run.verdict, "sha256": _sha256(found.run)},
        "reference": {
            "folder": str(found.reference.folder), "verdict": found.reference.verdict, "sha256": _sha256(found.reference),
        },
        "lost": [{"step": j.step, "metric": j.run["metric"]} for j in found.limits if j.lost and j.run],
        "gained": [{"step": j.step, "metric": j.run["metric"]} for j in found.limits if j.gained and j.run],
        "steps": [
            {
                "name": pair.name,
                "verdict": {"reference": pair.reference.verdict, "run": pair.run.verdict},
                "metrics": {
                    d.name: {
                        "reference": d.reference, "run": d.run, "difference": d.value, "half_width_95": d.half_width,
                        "beyond_uncertainty": d.beyond,
                    }
                    for d in pair.differences.values()
                },
            }
            for pair in found.pairs
        ],
        "only_in_run": found.only_run,
        "only_in_reference": found.only_reference,
        "differs": {fact.name: {"reference": fact.reference, "run": fact.run} for fact in facts if not fact.same},
        "settings": {
            row.name: {"reference": row.reference, "run": row.run} for row in origins.settings(found.reference, found.run)
        },
        "files": {file.name: file.state for file in origins.files(found.reference, found.run)},
    }  # fmt: skip


def _sha256(run: Any) -> str | None:
    return str(run.recording.get("content_sha256") or "") or None
