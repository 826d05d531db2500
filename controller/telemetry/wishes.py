"""What may be asked for over MQTT, as a signed token carries it: the console's commands, and STOP."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from controller.console.commands import Acknowledge, Answer, Asked, Plain, Set

STOP = "stop"


class Stop(Asked):
    """The held STOP of the console."""

    name: Literal["stop"]


class Claims(BaseModel):
    """The claims that are looked at, beside the audience. Others are ignored, as in RFC 7519."""

    model_config = ConfigDict(strict=True, allow_inf_nan=False)

    iat: Annotated[float, Field(ge=0.0)]
    jti: Annotated[str, Field(min_length=1, max_length=64)]
    command: Annotated[Set | Answer | Acknowledge | Plain | Stop, Field(discriminator="name")]


_CLAIMS: TypeAdapter[Claims] = TypeAdapter(Claims)


def claims(found: dict[str, Any]) -> Claims:
    """Checks the form. Raises ValueError with every problem, a line each."""
    try:
        return _CLAIMS.validate_python(found)
    except ValidationError as error:
        lines = [
            f"{'.'.join(map(str, e['loc'])) or 'token'}: {e['msg'].lower()}" for e in error.errors(include_input=False)[:20]
        ]
        raise ValueError("\n".join(lines)) from None
