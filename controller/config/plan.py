"""What a protocol will do, step by step, and how long it takes: a pure function of the file and the settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cext.tables.load import Value, settings
from controller.config.consistency import heart_rate_bpm, steady_least_s

if TYPE_CHECKING:
    from controller.config.protocol import Protocol, Step

FASTEST_BPM = 240.0  # faster than any setting of the heart rate; beats that a hold waits for do not come sooner


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """One step as it is going to run.

    Attributes:
        number: 1, 2, … through all repeats; what ``run.step`` is set to.
        index: of the step in the file, from 0.
        step: the step.
        turn, turns: which of its repeats.
        shortest_s, expected_s, longest_s: bounds and expectation of its length; longest_s is None where a prompt has no limit.
        settings: in force after its changes, by path.
    """

    number: int
    index: int
    step: Step
    turn: int
    turns: int
    shortest_s: float
    expected_s: float
    longest_s: float | None
    settings: Mapping[str, Value]

    @property
    def label(self) -> str:
        """Its name, with the turn where it is repeated: ``on (2/3)``."""
        return self.step.name if self.turns == 1 else f"{self.step.name} ({self.turn}/{self.turns})"

    def as_json(self) -> dict[str, Any]:
        """The step as it stands in the file, with number, label and times."""
        times = {"shortest_s": self.shortest_s, "expected_s": self.expected_s, "longest_s": self.longest_s}
        rest = self.step.model_dump(mode="json", exclude_none=True, exclude_unset=True)
        return {"number": self.number, "label": self.label, **times, **rest}


@dataclass(frozen=True, slots=True)
class Plan:
    """All steps in the order they run, then the teardown. Times in s; `longest_s` None: no bound."""

    protocol: Protocol
    steps: tuple[PlannedStep, ...]
    teardown_s: float

    @property
    def shortest_s(self) -> float:
        return sum(step.shortest_s for step in self.steps) + self.teardown_s

    @property
    def expected_s(self) -> float:
        return sum(step.expected_s for step in self.steps) + self.teardown_s

    @property
    def longest_s(self) -> float | None:
        """Without pauses by `suspend_if`, which have limits of their own."""
        total = self.teardown_s
        for step in self.steps:
            if step.longest_s is None:
                return None
            total += step.longest_s
        return total

    def text(self) -> str:
        """For people: every step with what it sets, holds and must show, and the time."""
        from controller.config.plan_text import lines

        return "\n".join(lines(self))

    def as_json(self) -> dict[str, Any]:
        """For programs: times, and per step what it sets, ramps and must show."""
        return {
            "protocol": self.protocol.name,
            "title": self.protocol.title,
            "shortest_s": self.shortest_s,
            "expected_s": self.expected_s,
            "longest_s": self.longest_s,
            "steps": [step.as_json() for step in self.steps],
        }


def plan(protocol: Protocol, values: Mapping[str, Value] | None = None) -> Plan:
    """The plan of a protocol.

    Args:
        values: settings before the first step, by path (`Effective.values_by_path`); table defaults and the protocol's own
            ``[set]`` if not given. Heart rate and assist ratio enter the expected times.
    """
    state = dict(values) if values is not None else {path: row.default for path, row in settings().items()} | protocol.set
    steps = []
    for number, (index, turn) in enumerate(order(protocol), start=1):
        step = protocol.steps[index]
        state = {**state, **step.set, **{path: ramp.to for path, ramp in step.ramp.items()}}
        least, expected, most = _times(step, state)
        steps.append(PlannedStep(number, index, step, turn, _turns(protocol, index), least, expected, most, state))
    teardown = protocol.teardown
    ramps = max((ramp.over_s for ramp in teardown.ramp.values()), default=0.0)
    return Plan(protocol, tuple(steps), ramps + (teardown.hold_s or 0.0))


def order(protocol: Protocol) -> list[tuple[int, int]]:
    """Index of the step and number of its turn (from 1), in the order they run."""
    runs: list[tuple[int, int]] = []
    done = 0
    for start, end, turns in _blocks(protocol):
        runs += [(index, 1) for index in range(done, start)]
        runs += [(index, turn) for turn in range(1, turns + 1) for index in range(start, end + 1)]
        done = end + 1
    return runs + [(index, 1) for index in range(done, len(protocol.steps))]


def _blocks(protocol: Protocol) -> list[tuple[int, int, int]]:
    """First step, last step and turns of everything that is repeated."""
    names = [step.name for step in protocol.steps]
    return [
        (names.index(step.repeat_from) if step.repeat_from else i, i, step.repeat)
        for i, step in enumerate(protocol.steps)
        if step.repeat > 1
    ]


def _turns(protocol: Protocol, index: int) -> int:
    return next((turns for start, end, turns in _blocks(protocol) if start <= index <= end), 1)


def _times(step: Step, state: Mapping[str, Value]) -> tuple[float, float, float | None]:
    """Least, expected and greatest length in s."""
    least = expected = step.ramp_s + step.zeroing_s
    most: float | None = least + (step.hold_limit_s or 0.0)
    if step.hold_s is not None:
        least += step.hold_s
        expected += step.hold_s
    elif step.hold_beats is not None:
        least += min(step.hold_beats * 60.0 / FASTEST_BPM, step.hold_limit_s or 0.0)
        expected += min(step.hold_beats * 60.0 / heart_rate_bpm(state), step.hold_limit_s or 0.0)
    elif step.until is not None:
        shortest = min(steady_least_s(step, state), step.hold_limit_s or 0.0)
        least += shortest
        expected += 0.5 * (shortest + (step.hold_limit_s or 0.0))  # nothing is known of it but its ends
    if step.prompt is not None:
        most = most + step.prompt_limit_s if most is not None and step.prompt_limit_s is not None else None
    return least, expected, most
