"""What an operator may ask for, as it travels: checked for its form here, for its sense by the supervisor."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Short = Annotated[str, StringConstraints(max_length=200, strip_whitespace=True)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=80, strip_whitespace=True)]
Text = Annotated[str, StringConstraints(max_length=2000)]
Whole = Annotated[int, Field(strict=False)]  # JSON does not tell 5 from 5.0
# A name from the lists, never a path: what runs is chosen from what this machine has.
Listed = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.+-]{0,99}$")]


class Asked(BaseModel):
    """A command. Unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", strict=True)


class StartRun(Asked):
    name: Literal["start_run"]
    protocol: Listed
    patient: Listed | None = None
    sets: Annotated[list[Short], Field(max_length=100)] = []
    fast: bool = False
    operator: Short = ""
    dut: Short = ""
    fluid: Short = ""
    note: Text = ""


class Set(Asked):
    name: Literal["set"]
    path: Name
    value: Short | float | bool


class Answer(Asked):
    name: Literal["answer"]
    prompt: Whole
    text: Text = ""
    declined: bool = False


class Acknowledge(Asked):
    name: Literal["acknowledge"]
    condition: Name | None = None


class Annotate(Asked):
    """A remark, kept as an event of the run, now or at a tick of this session that has passed."""

    name: Literal["annotate"]
    text: Annotated[str, StringConstraints(min_length=1, max_length=500, strip_whitespace=True)]
    tick: Annotated[Whole, Field(ge=0, lt=1 << 48)] | None = None


class Inject(Asked):
    """A fault in the words of ``mockloop fault``: ``WHERE:KIND[,from=S][,for=S][,gain=X][,offset=X][,amount=S]``."""

    name: Literal["fault"]
    fault: Name


class ClearFaults(Asked):
    name: Literal["clear_faults"]


class Plain(Asked):
    name: Literal["pause", "resume", "abort", "arm", "start", "disarm", "reset", "release_stop"]


class Command(Asked):
    """The body of POST /api/command: who asks, by the secret of the lease, and what for."""

    lease: Annotated[str, StringConstraints(max_length=100)]
    command: Annotated[
        StartRun | Set | Answer | Acknowledge | Annotate | Inject | ClearFaults | Plain, Field(discriminator="name")
    ]

    def as_message(self, by: str) -> dict[str, Any]:
        return {**self.command.model_dump(mode="json"), "by": by}
