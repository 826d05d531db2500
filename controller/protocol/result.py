"""What came of a protocol: per step and as a whole, with the exit code of the command."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from cext.tables.metrics import metrics
from controller import exit_codes
from controller.protocol.limits import LimitResult, Measured

if TYPE_CHECKING:
    from controller.metrics import Window
    from controller.protocol.operator import Outcome

StepVerdict = Literal["pass", "fail", "aborted", "not-run"]
RunVerdict = Literal["PASS", "FAIL", "ABORTED", "TRIPPED", "INCOMPLETE"]
# How a protocol ended. completed: all steps were run. The others name what ended it before.
Cause = Literal[
    "completed", "operator", "interrupt", "stop", "abort_if", "suspended", "trip", "fault", "not-armed", "record-over", "error"
]
EXIT_CODES: dict[RunVerdict, int] = {
    "PASS": exit_codes.OK,
    "FAIL": exit_codes.FAIL,
    "ABORTED": exit_codes.ABORTED,
    "TRIPPED": exit_codes.RIG,
    "INCOMPLETE": exit_codes.FAIL,
}


class Ended(Exception):
    """The protocol ends here: `cause`, and a reason for people."""

    def __init__(self, cause: Cause, reason: str) -> None:
        self.cause: Cause = cause
        self.reason = reason
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Prompted:
    """A prompt and what was answered, at loop time `t_s`."""

    text: str
    outcome: Outcome
    answer: str
    t_s: float


@dataclass(slots=True)
class StepResult:
    """One step as run. Times are loop time, None for a step that was not begun.

    `number` counts the steps of the run from 1, repeats included; `repetition` counts the repeats of this step from 1.
    `metrics`, `sd` and `reasons` are those of `window` (None where nothing was measured): means, SD over beats, and why not;
    `uncertainty`: standard error of the mean, from the means of whole assist groups.
    """

    name: str
    number: int
    repetition: int = 1
    title: str = ""
    start_s: float | None = None
    end_s: float | None = None
    verdict: StepVerdict = "not-run"
    metrics: dict[str, float | None] = field(default_factory=dict)
    sd: dict[str, float | None] = field(default_factory=dict)
    uncertainty: dict[str, float | None] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    window: dict[str, float] | None = None
    limits: list[LimitResult] = field(default_factory=list)
    deviations: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    prompts: list[Prompted] = field(default_factory=list)

    def measured(self, window: Window | None) -> Measured:
        """Takes over the means of the measuring window; returns them for the limits."""
        if window is None:
            why = "no whole beat in the measuring window"
            self.metrics, self.sd, self.uncertainty = (dict.fromkeys(metrics()) for _ in range(3))
            self.reasons = dict.fromkeys(metrics(), why)
            return Measured(self.metrics, self.reasons)
        self.metrics, self.sd, self.reasons = dict(window.values), dict(window.sd), dict(window.reasons)
        self.uncertainty = dict(window.uncertainty)
        self.window = {
            "start_s": window.start_s,
            "duration_s": window.duration_s,
            "beats": window.beats,
            "group": window.group,
        }
        return Measured(self.metrics, self.reasons)

    def as_dict(self) -> dict[str, object]:
        """For summary.json."""
        return {
            "name": self.name,
            "number": self.number,
            "repetition": self.repetition,
            "title": self.title,
            "start_s": self.start_s,
            "end_s": self.end_s,
            "verdict": self.verdict,
            "metrics": self.metrics,
            "sd": self.sd,
            "uncertainty": self.uncertainty,
            "reasons": self.reasons,
            "window": self.window,
            "limits": [limit.as_dict() for limit in self.limits],
            "failures": self.failures,
            "deviations": self.deviations,
            "prompts": [{"text": p.text, "outcome": p.outcome, "answer": p.answer, "t_s": p.t_s} for p in self.prompts],
        }


@dataclass(slots=True)
class ProtocolResult:
    """A whole run. `teardown` says how it went: ``done``, ``settings only`` (nothing was energised) or what failed."""

    protocol: str
    title: str
    steps: list[StepResult]
    start_s: float = 0.0
    end_s: float = 0.0
    cause: Cause = "completed"
    reason: str = ""
    tripped: tuple[str, ...] = ()
    teardown: str = "not run"
    deviations: list[str] = field(default_factory=list)
    error: BaseException | None = field(default=None, repr=False)

    @property
    def verdict(self) -> RunVerdict:
        """TRIPPED before ABORTED before INCOMPLETE before FAIL; PASS only if every step was run and passed."""
        if self.cause in ("trip", "fault"):
            return "TRIPPED"
        if self.cause in ("operator", "interrupt", "stop", "abort_if", "suspended"):
            return "ABORTED"
        if self.cause != "completed" or any(step.verdict in ("aborted", "not-run") for step in self.steps):
            return "INCOMPLETE"
        return "FAIL" if any(step.verdict == "fail" for step in self.steps) else "PASS"

    @property
    def exit_code(self) -> int:
        """Exit code of `mockloop run`. A bench that cannot be armed is a rig fault."""
        return exit_codes.RIG if self.cause == "not-armed" else EXIT_CODES[self.verdict]

    def as_dict(self) -> dict[str, object]:
        """For summary.json."""
        return {
            "protocol": self.protocol,
            "title": self.title,
            "verdict": self.verdict,
            "exit_code": self.exit_code,
            "cause": self.cause,
            "reason": self.reason,
            "tripped": list(self.tripped),
            "start_s": self.start_s,
            "end_s": self.end_s,
            "steps": [step.as_dict() for step in self.steps],
            "teardown": self.teardown,
            "deviations": self.deviations,
        }
