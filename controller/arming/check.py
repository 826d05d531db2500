"""What an arming check is: a function that gives its reasons against arming, or none. All are asked, all reasons shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from controller.session.session import Session

Check = Callable[["Session"], list[str]]


def reasons_against(checks: Iterable[Check], session: Session) -> list[str]:
    """Every reason of every check, in the order of the checks, each once."""
    return list(dict.fromkeys(reason for check in checks for reason in check(session)))
