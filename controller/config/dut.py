"""The device under test: a prototype with its own console, measured and not driven by this program."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated, Any

from pydantic import Field

from controller.config.capabilities import twice
from controller.config.errors import Fault, Loc
from controller.config.model import Line, Many, Strict, Word
from controller.config.nearest import nearest


class Dut(Strict):
    """Goes into recording, summary and report as it stands here. `measured_by`: inputs of the bench that show what it does."""

    name: Line
    serial: Annotated[str, Field(max_length=400)] = ""
    firmware: Annotated[str, Field(max_length=400)] = ""
    console: Annotated[str, Field(max_length=400)] = ""
    measured_by: Many[Word] = ()

    def as_dict(self) -> dict[str, Any]:
        return self.model_dump(mode="json")


def dut_faults(dut: Dut | None, inputs: Iterable[str], at: Loc = ("dut",)) -> Iterator[Fault]:
    """Inputs that the bench does not have, or that are named twice."""
    if dut is None:
        return
    there = list(inputs)
    for i, name in enumerate(dut.measured_by):
        if name not in there:
            yield Fault((*at, "measured_by", i), "is no input of the bench", ", ".join(there), nearest(name, there))
    for fault in twice("measured_by", dut.measured_by):
        yield Fault((*at, *fault.loc), fault.what, fault.allowed, fault.hint)
