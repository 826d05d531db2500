"""What a channel is connected to."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from controller.config.errors import Fault
from controller.config.model import Strict, Word, refuse


class Wire(Strict):
    """A quantity of a drive on a bus: ``{ drive = "left", quantity = "speed" }``, the drive being a table [drives.left]."""

    drive: Word | None = None
    quantity: Literal["speed", "current", "flow", "enable"] | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.drive is None) != (self.quantity is None):
            refuse([Fault((), "has one of drive and quantity", "both")])
        return self
