"""A protocol file: named steps with what they set, how long they hold and what they must show (configs/protocols/*.toml)."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from controller.config.capabilities import CapabilityName, OverrideName, twice
from controller.config.conditions import AbortIf, SuspendIf
from controller.config.dut import Dut
from controller.config.errors import Fault
from controller.config.limits import Expect, MetricName
from controller.config.model import Line, Many, Strict, Text, Word, refuse
from controller.config.preconditions import Precondition
from controller.config.ramps import Ramps
from controller.config.rooted import Header, Rooted
from controller.config.settings import Settings

Seconds = Annotated[float, Field(gt=0.0, le=86_400.0)]
NameOrFile = Annotated[str, Field(min_length=1, max_length=1000)]
SLOWEST_BEAT_S = 2.0  # 30 bpm: beats that a hold waits for come at least this often, or the step fails
ZERO_SETTLE_S = 1.0  # before a zero is measured
MOST_STEPS = 65_535  # run.step is recorded in 16 bits


class ProtocolHeader(Header):
    """What the protocol is, what it needs of a bench (`requires`), and on which bench and patient it runs by default."""

    name: Word
    title: Line
    description: Text = ""
    requires: Many[CapabilityName] = ()
    bench: NameOrFile | None = None
    patient: NameOrFile | None = None
    override: Many[OverrideName] = ()

    @model_validator(mode="after")
    def _check(self) -> Self:
        found = [*twice("requires", self.requires), *twice("override", self.override)]
        if self.patient is not None and "patient-model" not in self.requires:
            found.append(Fault(("patient",), 'is set, but requires does not name "patient-model"', absent_from=("requires",)))
        refuse(found)
        return self


class Step(Strict):
    """One step: prompt, then `zero`, then `set` at once, then the ramps, then the hold, then the limits are judged.

    `acknowledge`: who answers the prompt has seen the alarms that are active then.
    `zero`: inputs whose reading, averaged over `zero_s` after a second to settle, becomes 0 for the rest of the run.
    Exactly one of `hold_s`, `hold_beats`, `until`, or none where a prompt or a ramp alone gives the step its length.
    `measure_s`: the limits see the mean over the last so many seconds of `hold_s` (default: the whole hold).
    `until = "steady"`: until `windows` successive windows, each of whole assist groups and at least `window_s` long, agree:
    their means differ by no more than `within` says, in the metric's unit (default: the usual metrics, controller.metrics).
    The limits see the last window; not steady after `limit_s` is a failed step.
    `hold_beats` fails after `limit_s` as well (default 2 s a beat).
    `repeat`: run this step so often; with `repeat_from`, the block from that earlier step to this one.
    """

    name: Word
    title: Line | None = None
    prompt: Line | None = None
    prompt_limit_s: Seconds | None = None
    acknowledge: bool = False
    zero: Many[Word] = ()
    zero_s: Annotated[float, Field(ge=0.2, le=60.0)] = 2.0
    set: Settings = Field(default_factory=dict[str, Any])
    ramp: Ramps = Field(default_factory=dict[str, Any])
    hold_s: Seconds | None = None
    measure_s: Seconds | None = None
    hold_beats: int | None = Field(None, ge=1, le=1_000_000)
    until: Literal["steady"] | None = None
    limit_s: Seconds | None = None
    window_s: Seconds = 4.0
    windows: int = Field(3, ge=2, le=100)
    within: dict[MetricName, Annotated[float, Field(gt=0.0)]] | None = Field(None, min_length=1)
    expect: Many[Expect] = ()
    abort_if: Many[AbortIf] = ()
    suspend_if: Many[SuspendIf] = ()
    repeat: int = Field(1, ge=1, le=MOST_STEPS)
    repeat_from: Word | None = None

    @property
    def ramp_s(self) -> float:
        """Time of the longest ramp."""
        return max((ramp.over_s for ramp in self.ramp.values()), default=0.0)

    @property
    def zeroing_s(self) -> float:
        """Time that the zeroing takes."""
        return ZERO_SETTLE_S + self.zero_s if self.zero else 0.0

    @property
    def hold_limit_s(self) -> float | None:
        """Longest time that the hold may take; None if nothing is held."""
        if self.hold_s is not None:
            return self.hold_s
        if self.hold_beats is not None:
            return self.limit_s or self.hold_beats * SLOWEST_BEAT_S
        return self.limit_s

    @model_validator(mode="after")
    def _check(self) -> Self:
        refuse([*self._hold_faults(), *self._measure_faults(), *self._other_faults()])
        return self

    def _hold_faults(self) -> list[Fault]:
        holds = [key for key in ("hold_s", "hold_beats", "until") if getattr(self, key) is not None]
        found: list[Fault] = []
        if len(holds) > 1:
            found.append(Fault((holds[1],), f"contradicts {holds[0]}", "one of hold_s, hold_beats, until"))
        if not holds and not self.ramp and self.prompt is None and not self.zero:
            found.append(Fault((), "would be over at once", "hold_s, hold_beats, until, a ramp, a zero or a prompt"))
        if self.until is not None and self.limit_s is None:
            found.append(Fault(("limit_s",), 'is required and missing: until = "steady" needs a limit', missing=True))
        if self.limit_s is not None and self.until is None and self.hold_beats is None:
            found.append(Fault(("limit_s",), "limits nothing", "only beside until or hold_beats"))
        if self.until is None:
            steady = ("window_s", "windows", "within")
            found += [
                Fault((key,), "has no effect", 'only beside until = "steady"') for key in steady if key in self.model_fields_set
            ]
        return found

    def _measure_faults(self) -> list[Fault]:
        found: list[Fault] = []
        if self.measure_s is not None:
            if self.hold_s is None:
                found.append(Fault(("measure_s",), "has no effect", "only beside hold_s"))
            elif self.measure_s > self.hold_s:
                found.append(Fault(("measure_s",), "is longer than the hold", f"at most hold_s = {self.hold_s:g}"))
        if self.expect and self.hold_s is None and self.hold_beats is None and self.until is None:
            found.append(Fault(("expect",), "has no hold to be measured in", "beside hold_s, hold_beats or until"))
        return found

    def _other_faults(self) -> list[Fault]:
        found = [
            Fault(("ramp", path), "is set and ramped in the same step", "set, or ramp")
            for path in self.ramp
            if path in self.set
        ]
        if self.acknowledge and self.prompt is None:
            found.append(Fault(("acknowledge",), "has nobody who could: only a person acknowledges", "beside prompt"))
        found += twice("zero", self.zero)
        if "zero_s" in self.model_fields_set and not self.zero:
            found.append(Fault(("zero_s",), "has no effect", "only beside zero"))
        if self.prompt_limit_s is not None and self.prompt is None:
            found.append(Fault(("prompt_limit_s",), "has no effect", "only beside prompt"))
        if self.repeat_from == self.name:
            found.append(Fault(("repeat_from",), "names the step itself", "an earlier step, or repeat alone"))
        elif self.repeat_from is not None and self.repeat == 1:
            found.append(Fault(("repeat_from",), "has no effect", "only beside repeat = 2 or more"))
        return found


class Teardown(Strict):
    """What is done at the end in any case: after the last step, after an abort, after a stop by the operator."""

    set: Settings = Field(default_factory=dict[str, Any])
    ramp: Ramps = Field(default_factory=dict[str, Any])
    hold_s: Seconds | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        refuse(Fault(("ramp", path), "is set and ramped at once", "set, or ramp") for path in self.ramp if path in self.set)
        return self


class Protocol(Rooted):
    """A whole protocol. `set` is applied before arming; `abort_if` and `suspend_if` hold through all steps.

    `precondition`: settings in force that the run is refused without. `dut` goes before what the bench says of the device
    under test.
    """

    protocol: ProtocolHeader
    precondition: Many[Precondition] = ()
    dut: Dut | None = None
    set: Settings = Field(default_factory=dict[str, Any])
    abort_if: Many[AbortIf] = ()
    suspend_if: Many[SuspendIf] = ()
    step: Annotated[tuple[Step, ...], Field(strict=False, min_length=1, max_length=MOST_STEPS)]
    teardown: Teardown = Field(default_factory=Teardown)

    @property
    def steps(self) -> tuple[Step, ...]:
        return self.step

    def own_faults(self) -> list[Fault]:
        from controller.config.sequence import faults

        return faults(self)
