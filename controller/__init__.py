"""mockloop: hardware-in-the-loop controller for mock circulatory loops. What is named here is imported when first used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from controller.api import compare, run, simulate
    from controller.runs import open_run

__all__ = ["compare", "open_run", "run", "simulate"]


def __getattr__(name: str) -> Any:
    if name == "open_run":
        from controller.runs import open_run

        return open_run
    if name in ("compare", "run", "simulate"):
        from controller import api

        return getattr(api, name)
    raise AttributeError(f"module 'controller' has no attribute {name!r}")
