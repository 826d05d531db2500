"""What all configuration models share: strictness, and how their own checks report several faults at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from controller.config.errors import Fault

T = TypeVar("T")
FAULTS = "faults"  # type of the pydantic error that carries Faults in its context

# A TOML list, kept as a tuple so that a frozen model is frozen throughout. Its items stay strict.
Many = Annotated[tuple[T, ...], Field(strict=False)]
Word = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
Line = Annotated[str, Field(min_length=1, max_length=400)]
Range = Annotated[tuple[float, float], Field(strict=False)]  # [low, high]
Text = Annotated[str, Field(max_length=20_000)]


class Strict(BaseModel):
    """A table of a configuration file: no unknown keys, no conversions, no infinities or NaN, immutable.

    Built when first used (`defer_build`), which keeps the start of the command quick.
    """

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False, defer_build=True)


def refuse(faults: Iterable[Fault]) -> None:
    """Raises the faults, if there are any, as one pydantic error; for use in validators."""
    found = tuple(faults)
    if found:
        raise PydanticCustomError(FAULTS, "several faults", {FAULTS: found})
