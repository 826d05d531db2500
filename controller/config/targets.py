"""A table of targets: what a patient has to show, for `mockloop fit` (configs/targets/*.toml)."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, model_validator

from controller.config.errors import Fault
from controller.config.limits import MetricName, unit_faults
from controller.config.model import Line, Many, Strict, Text, refuse
from controller.config.rooted import Header, Rooted
from controller.config.settings import PatientSettings, Refused, setting

NameOrFile = Annotated[str, Field(min_length=1, max_length=1000)]
DEFAULT_PARAMETERS = (
    "patient.lv_ees_mmHg_mL",
    "patient.lv_edpvr_b_per_mL",
    "patient.svr_scale",
    "patient.blood_volume_delta_mL",
)


def _fitted(path: str) -> str:
    try:
        row = setting(path)
    except Refused as refused:
        refuse([Fault((), refused.fault.what, refused.fault.allowed, refused.fault.hint)])
        raise
    if row.kind != "float" or not path.startswith("patient."):
        refuse([Fault((), "cannot be fitted", "a number of the patient: patient.…")])
    return path


class FitHeader(Header):
    """Name and title of the patient to be found, the patient to start from, and which of his numbers may move."""

    start: NameOrFile = "healthy"
    parameters: Many[Annotated[str, AfterValidator(_fitted)]] = DEFAULT_PARAMETERS
    description: Text = ""

    @model_validator(mode="after")
    def _check(self) -> Self:
        seen: set[str] = set()
        faults = []
        for i, path in enumerate(self.parameters):
            if path in seen:
                faults.append(Fault(("parameters", i), "is named twice"))
            seen.add(path)
        if not self.parameters:
            faults.append(Fault(("parameters",), "is empty: nothing may move"))
        refuse(faults)
        return self


class Target(Strict):
    """A metric of the patient at rest without a device, its value, and how closely it is known (`within`: one SD or so)."""

    metric: MetricName
    value: float
    within: Annotated[float, Field(gt=0.0)]
    unit: str | None = None
    source: Line

    @model_validator(mode="after")
    def _check(self) -> Self:
        refuse(unit_faults(self.metric, self.unit))
        return self


class Targets(Rooted):
    """A whole file. `set`: numbers of the patient that are known and stay as they are, such as the heart rate."""

    fit: FitHeader
    set: PatientSettings = Field(default_factory=dict[str, Any])
    target: Annotated[tuple[Target, ...], Field(strict=False, min_length=1, max_length=100)]

    def own_faults(self) -> list[Fault]:
        found = [
            Fault(("set", path), "is set and fitted", "one of the two") for path in self.set if path in self.fit.parameters
        ]
        names = [target.metric for target in self.target]
        found += [Fault(("target", i, "metric"), "is given twice") for i, name in enumerate(names) if name in names[:i]]
        return found
