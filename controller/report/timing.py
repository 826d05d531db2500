"""Timing of the balloon: what the audit found in every step, how far off, and one beat of each label as a teacher draws it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from controller.audit import LABELS, AuditedBeat
from controller.audit.auditing import UNASSISTED
from controller.audit.file import NAME, read_audit_file
from controller.audit.labels import CORRECT_WITHIN_MS, EARLY_INFLATION_MS, LATE_INFLATION_MS
from controller.audit.picture import WHAT_SHOWS
from controller.report import style
from controller.report.beat_picture import beat_picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from controller.report.reading import Run, Step

SHOWN = ("correct", "early inflation", "late inflation", "early deflation", "late deflation", "borderline")
COLORS = {
    "correct": "#2f6b3c", "borderline": "#8b949c", "early inflation": "#d55e00", "late inflation": "#0072b2",
    "early deflation": "#a4457f", "late deflation": "#b3261e",
}  # fmt: skip
SPAN_MS = (-260.0, 260.0)


@dataclass(frozen=True, slots=True)
class TimedStep:
    """What the audit says of one step. `counts`: beats by label, in the order of `Timing.labels`; errors in words."""

    step: Step
    counts: list[int]
    inflation: str
    deflation: str
    augmentation: str
    assisted: str
    unassisted: str
    named: str


@dataclass(frozen=True, slots=True)
class Example:
    """One beat as an example of its label: where, and its picture."""

    label: str
    shows: str
    step: Step
    beats: int
    svg: str


@dataclass(frozen=True, slots=True)
class Timing:
    """The section. `labels`: columns of the table; `spread`: picture of the errors."""

    labels: list[str]
    rows: list[TimedStep]
    examples: list[Example]
    spread: str


def timing(run: Run) -> Timing | None:
    """The section, or None where no beat with a balloon was judged."""
    beats = read_audit_file(run.folder / NAME)
    if not any(beat.label != UNASSISTED for beat in beats):
        return None
    inside = [(step, _within(beats, step)) for step in run.steps if step.start_s is not None and step.end_s is not None]
    steps = [(step, own) for step, own in inside if any(beat.label != UNASSISTED for beat in own)]
    if not steps:
        return None
    seen = {beat.label for _, own in steps for beat in own}
    labels = [label for label in (*SHOWN, UNASSISTED) if label in seen]
    return Timing(labels, [_row(step, own, labels) for step, own in steps], _examples(run, beats, steps), _spread(steps))


def _within(beats: list[AuditedBeat], step: Step) -> list[AuditedBeat]:
    assert step.start_s is not None and step.end_s is not None
    return [beat for beat in beats if step.start_s <= beat.t_s < step.end_s]


def _row(step: Step, own: list[AuditedBeat], labels: list[str]) -> TimedStep:
    counted = Counter(beat.label for beat in own)
    helped = [beat for beat in own if beat.label != UNASSISTED]
    alone = [beat for beat in own if beat.label == UNASSISTED]
    most = max((label for label in LABELS if counted[label]), key=lambda label: counted[label])
    return TimedStep(
        step,
        [counted[label] for label in labels],
        _spread_words([beat.inflation_error_ms for beat in helped]),
        _spread_words([beat.deflation_error_ms for beat in helped]),
        _mean_words([beat.augmentation_mmHg for beat in helped], signed=True),
        _mean_words([beat.end_diastolic_mmHg for beat in helped]),
        _mean_words([beat.end_diastolic_mmHg for beat in alone]),
        most,
    )


def _known(values: list[float | None]) -> list[float]:
    return [value for value in values if value is not None]


def _spread_words(values: list[float | None]) -> str:
    """Median and the middle 90 %, in ms."""
    known = _known(values)
    if not known:
        return "–"
    low, median, high = np.percentile(known, (5.0, 50.0, 95.0))
    return f"{median:+.0f} ({low:+.0f} to {high:+.0f})".replace("-", "−")


def _mean_words(values: list[float | None], signed: bool = False) -> str:
    known = _known(values)
    if not known:
        return "–"
    return (f"{np.mean(known):+.0f}" if signed else f"{np.mean(known):.0f}").replace("-", "−")


def _examples(run: Run, beats: list[AuditedBeat], steps: list[tuple[Step, list[AuditedBeat]]]) -> list[Example]:
    """For each label the most ordinary beat of the step that has most of it."""
    found = []
    for label in SHOWN:
        step, own = max(steps, key=lambda pair: sum(beat.label == label for beat in pair[1]))
        of_label = [beat for beat in own if beat.label == label]
        recorded = [beat for beat in of_label if _is_there(run, beat)]
        if not recorded:
            continue
        middle = [float(np.median([_errors(beat)[i] for beat in recorded])) for i in (0, 1)]
        beat = min(recorded, key=lambda one: sum(abs(e - m) for e, m in zip(_errors(one), middle, strict=True)))
        after = [one for one in beats if one.t_s > beat.t_s][:2]
        if len(after) < 2:
            continue
        alone = [one for one in beats if one.label == UNASSISTED and _is_there(run, one)]
        beside = min(alone, key=lambda one: abs(one.t_s - beat.t_s), default=None)
        number = sum(one.label == label for _, some in steps for one in some)
        svg = beat_picture(run, beat, after, beside, COLORS[label])
        found.append(Example(label, WHAT_SHOWS[label], step, number, svg))
    return found


def _errors(beat: AuditedBeat) -> tuple[float, float]:
    return beat.inflation_error_ms or 0.0, beat.deflation_error_ms or 0.0


def _is_there(run: Run, beat: AuditedBeat) -> bool:
    """Whether the pressure was recorded at full rate around the beat."""
    if "aop_mmHg" not in run.traces:
        return False
    first, end = np.searchsorted(run.time_s, (beat.t_s - 0.3, beat.t_s + 2.0))
    return bool(end - first > 0.95 * 2300 * 1e-3 / _period_s(run)) and bool(
        np.isfinite(run.traces["aop_mmHg"][first:end]).mean() > 0.95
    )


def _period_s(run: Run) -> float:
    return float(np.median(np.diff(run.time_s[:1000]))) if len(run.time_s) > 1 else 1e-3


def _spread(steps: list[tuple[Step, list[AuditedBeat]]]) -> str:
    """Every assisted beat's errors, a row a step, on the limits that name them."""
    figure = style.new_figure(9.6, 0.95 + 0.34 * len(steps))
    total = figure.get_size_inches()[1]
    left = figure.add_axes((0.15, 0.62 / total, 0.40, 1 - (0.62 + 0.28) / total))
    right = figure.add_axes((0.585, 0.62 / total, 0.40, 1 - (0.62 + 0.28) / total))
    zones = (
        (left, "onset of inflation less valve closure, ms", (
            (SPAN_MS[0], EARLY_INFLATION_MS, "early inflation", "early"),
            (-CORRECT_WITHIN_MS, CORRECT_WITHIN_MS, "correct", "correct"),
            (LATE_INFLATION_MS, SPAN_MS[1], "late inflation", "late"),
        )),
        (right, "balloon empty less valve opening, ms", ((0.0, SPAN_MS[1], "late deflation", "late: not empty at opening"),)),
    )  # fmt: skip
    for axes, words, areas in zones:
        for low, high, label, name in areas:
            axes.axvspan(low, high, color=COLORS[label], alpha=0.10, linewidth=0)
            axes.annotate(name, ((low + high) / 2, 1.0), xycoords=("data", "axes fraction"), xytext=(0, 3),
                          textcoords="offset points", ha="center", color=COLORS[label], fontsize=7.5)  # fmt: skip
        axes.axvline(0.0, color=style.SOFT, linewidth=0.7)
        axes.set_xlim(*SPAN_MS)
        axes.set_ylim(len(steps) - 0.4, -0.6)
        axes.set_xlabel(words)
        axes.tick_params(axis="y", length=0)
    right.annotate("← early: empty 100 ms before LV activation", (0.02, 1.0), xycoords="axes fraction", xytext=(0, 3),
                   textcoords="offset points", color=COLORS["early deflation"], fontsize=7.5)  # fmt: skip
    left.set_yticks(range(len(steps)), [f"{step.number} {step.name}" for step, _ in steps])
    right.set_yticks([])
    for at, (_, own) in enumerate(steps):
        _dots(left, at, [(beat.inflation_error_ms, beat.label) for beat in own])
        _dots(right, at, [(beat.deflation_error_ms, beat.label) for beat in own])
    return style.as_svg(figure, "Errors of inflation and deflation of every assisted beat, by step")


def _dots(axes: Axes, at: int, found: list[tuple[float | None, str]]) -> None:
    known = [(value, label) for value, label in found if value is not None]
    shift = np.resize((-0.18, -0.06, 0.06, 0.18), len(known))  # in rows, so that equal errors stay visible
    axes.scatter(
        np.clip([value for value, _ in known], SPAN_MS[0] + 3, SPAN_MS[1] - 3), at + shift, s=7, linewidths=0,
        color=[COLORS[label] for _, label in known], alpha=0.75,
    )  # fmt: skip
