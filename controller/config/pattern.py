"""A pattern file: a rhythm, a shape or an artefact that a console must cope with (configs/patterns/*.toml)."""

from __future__ import annotations

from typing import Any, Literal, Self, get_args

from pydantic import Field, model_validator

from controller.config.errors import Fault
from controller.config.model import Line, Many, Strict, Text, Word, refuse
from controller.config.rooted import Header, Rooted
from controller.config.settings import PatientSettings

OnEcg = Literal["mains", "muscle", "wander", "electrosurgery", "lead-off"]
OnPressure = Literal["damped", "resonant", "flush", "open-to-air"]
TriggerMode = Literal["ecg", "pressure", "pacer-v", "pacer-a", "pacer-av", "afib", "internal"]
NEEDS_SIZE = ("mains", "muscle", "wander", "electrosurgery", "flush")
NEEDS_HZ = ("damped", "resonant")


class Artefact(Strict):
    """What is laid over the clean signal, in the order of the file.

    `size`: mV (mains: peak; muscle: rms; wander: peak to peak; electrosurgery: peak; lead-off: level of the open input) or mmHg
    (flush). `hz`: of the hum, or natural frequency of the pressure line; `damping` of that line. From `from_s` on for `lasts_s`
    (to the end without it), and again every `every_s`.
    """

    kind: OnEcg | OnPressure
    size: float | None = Field(None, ge=-300.0, le=300.0)
    hz: float | None = Field(None, gt=0.0, le=400.0)
    damping: float = Field(0.2, gt=0.0, le=5.0)
    from_s: float = Field(0.0, ge=0.0, le=3600.0)
    lasts_s: float | None = Field(None, gt=0.0, le=3600.0)
    every_s: float | None = Field(None, gt=0.0, le=3600.0)

    @property
    def on_ecg(self) -> bool:
        return self.kind in get_args(OnEcg)

    @model_validator(mode="after")
    def _check(self) -> Self:
        found = []
        if self.kind in NEEDS_SIZE and self.size is None:
            found.append(Fault(("size",), f"is required and missing: an artefact of kind {self.kind}", missing=True))
        if self.kind in NEEDS_HZ and self.hz is None:
            found.append(Fault(("hz",), f"is required and missing: an artefact of kind {self.kind}", missing=True))
        if self.every_s is not None and (self.lasts_s is None or self.lasts_s >= self.every_s):
            found.append(Fault(("every_s",), "leaves no time between", "lasts_s, shorter than every_s"))
        refuse(found)
        return self


class Expect(Strict):
    """What a console does with it. `trigger`: its mode; `stand_in`: it may go over to ECG or pressure.

    Beats found within 75 ms of the true ones: share of the true ones
    (`sensitivity_pct`) and of the found ones (`predictivity_pct`); `most_per_min` where there is no beat to find."""

    trigger: TriggerMode = "ecg"
    stand_in: bool = True
    console: Line
    sensitivity_pct: float = Field(99.0, ge=0.0, le=100.0)
    predictivity_pct: float = Field(99.0, ge=0.0, le=100.0)
    most_per_min: float | None = Field(None, ge=0.0, le=600.0)


class PatternHeader(Header):
    """`patient`: the preset that it starts from."""

    name: Word
    title: Line
    description: Text = ""
    patient: Word = "healthy"


class Pattern(Rooted):
    """A whole pattern. `set`: ``patient.*`` settings of the virtual patient whose ECG and pressure go out."""

    pattern: PatternHeader
    set: PatientSettings = Field(default_factory=dict[str, Any])
    artefact: Many[Artefact] = ()
    expect: Expect
