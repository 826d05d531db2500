"""``--model``: the circulation model, as the setting that it stands for."""

from __future__ import annotations

from collections.abc import Sequence

from cext.tables.models import CHOICE


def with_model(name: str | None, sets: Sequence[str] | None) -> tuple[str, ...]:
    """The ``PATH=VALUE`` texts of ``--set``, with the model behind them; a name that is none is refused like any value."""
    return (*(sets or ()), *(() if name is None else (f"{CHOICE}={name}",)))
