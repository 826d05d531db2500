"""Which steps of two runs belong together, and what differs between them: a step has its name and the count of its repeat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from cext.tables.metrics import metrics
from controller.report import words
from controller.report.reading import Run, Step, read_run
from controller.report.uncertainty import of_difference

Outcome = Literal["better", "worse", "mixed", "same", "none"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One metric of one step in both runs: means, and run minus reference with the 95 % half-width of that (None: not known).

    `beyond` tells whether the difference is larger than its half-width and shows in the digits for people, of which
    a difference has one more than its values.
    """

    name: str
    reference: float | None
    run: float | None
    half_width: float | None

    @property
    def value(self) -> float | None:
        return None if self.run is None or self.reference is None else self.run - self.reference

    @property
    def pct(self) -> float | None:
        """Of the reference; None where that is zero, or the number is a time."""
        found = self.value
        if found is None or not self.reference or words.metric(self.name).unit in ("ms", "%"):
            return None
        return 100.0 * found / abs(self.reference)

    @property
    def beyond(self) -> bool:
        found, row = self.value, words.metric(self.name)
        return found is not None and self.half_width is not None and abs(found) > max(self.half_width, 0.05 * 10**-row.decimals)


@dataclass(frozen=True, slots=True)
class Judged:
    """A limit as both runs judged it, None where a run does not have it. `changed`: its ends are not the same in both."""

    step: str
    reference: Mapping[str, Any] | None
    run: Mapping[str, Any] | None

    @property
    def changed(self) -> bool:
        ends = ("low", "high", "judged_unit", "relative_to", "relative_metric")
        a, b = self.reference, self.run
        return a is None or b is None or any(a.get(end) != b.get(end) for end in ends)

    @property
    def lost(self) -> bool:
        """Met by the reference, missed by the run, by the same limit."""
        return self._turned("pass", "fail")

    @property
    def gained(self) -> bool:
        return self._turned("fail", "pass")

    def _turned(self, before: str, after: str) -> bool:
        if self.changed or self.reference is None or self.run is None:
            return False
        return self.reference.get("verdict") == before and self.run.get("verdict") == after


@dataclass(frozen=True, slots=True)
class Pair:
    """A step that both runs have."""

    name: str
    reference: Step
    run: Step
    differences: dict[str, Difference]


@dataclass(slots=True)
class Comparison:
    """Two runs. only_run, only_reference: steps that the other one lacks (or did not measure)."""

    reference: Run
    run: Run
    wired: bool
    pairs: list[Pair] = field(default_factory=list)
    only_run: list[str] = field(default_factory=list)
    only_reference: list[str] = field(default_factory=list)
    limits: list[Judged] = field(default_factory=list)

    @property
    def outcome(self) -> Outcome:
        """What became of the limits that both runs judged alike; ``none`` where nothing can be compared."""
        if not self.pairs:
            return "none"
        lost, gained = any(j.lost for j in self.limits), any(j.gained for j in self.limits)
        return "mixed" if lost and gained else "worse" if lost else "better" if gained else "same"


def compare(run: Path, reference: Path) -> Comparison:
    """Reads both runs; where one of them has no patient model, both traces are what transducers saw.

    Raises:
        FileNotFoundError: as `read_run`.
    """
    runs = [read_run(folder) for folder in (reference, run)]
    wired = any(found.time_s.size and not found.modelled for found in runs)
    if wired:
        runs = [read_run(found.folder, wired=True) if found.modelled else found for found in runs]
    made = Comparison(runs[0], runs[1], wired)
    before, after = ({_key(step): step for step in found.steps} for found in runs)
    for key, step in after.items():
        if key in before:
            made.pairs.append(Pair(_name(key), before[key], step, _differences(before[key], step)))
    made.only_run = [_name(key) for key in after if key not in before]
    made.only_reference = [_name(key) for key in before if key not in after]
    made.limits = [row for pair in made.pairs for row in _limits(pair)]
    return made


def _key(step: Step) -> tuple[str, int]:
    return step.name, int(step.found.get("repetition", 1))


def _name(key: tuple[str, int]) -> str:
    return key[0] if key[1] == 1 else f"{key[0]} (repeat {key[1]})"


def _differences(before: Step, after: Step) -> dict[str, Difference]:
    found = {}
    for name in metrics():
        a, b = before.metrics.get(name), after.metrics.get(name)
        if a is None and b is None:
            continue
        half_width = of_difference(before.uncertainty.get(name), before.groups, after.uncertainty.get(name), after.groups)
        found[name] = Difference(name, a, b, half_width)
    return found


def _limits(pair: Pair) -> list[Judged]:
    """Limits by metric and by what they are held against, the nth with the nth."""
    before, after = _by_subject(pair.reference), _by_subject(pair.run)
    return [Judged(pair.name, before.get(key), after.get(key)) for key in {**after, **before}]


def _by_subject(step: Step) -> dict[tuple[Any, ...], Mapping[str, Any]]:
    found: dict[tuple[Any, ...], Mapping[str, Any]] = {}
    for limit in step.found.get("limits", ()):
        subject = (limit["metric"], limit.get("relative_to"), limit.get("relative_metric"))
        count = sum(key[:3] == subject for key in found)
        found[(*subject, count)] = limit
    return found
