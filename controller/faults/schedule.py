"""Puts faults into a running session as their time comes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from controller.faults.fault import Fault

if TYPE_CHECKING:
    from controller.session.session import Session, Slice
    from rigs.faulty import FaultyRig

AHEAD_S = 1.0  # faults are put in so long before they begin: the door has a limited number of places


def door(session: Session) -> FaultyRig:
    """The session's door for faults. Raises LookupError where it has none."""
    rig: Any = session.loop.rig
    if not has_door(session):
        raise LookupError(f"this bench has no door for faults: {type(rig).__name__}")
    found: FaultyRig = rig
    return found


def has_door(session: Session) -> bool:
    """Whether faults can be put into this session's bench."""
    from rigs.faulty import FaultyRig

    return isinstance(session.loop.rig, FaultyRig)


def put_in(session: Session, fault: Fault, begin_s: float | None) -> tuple[int, ...]:
    """Puts the fault in from loop time `begin_s` (None: the next tick) and announces it. Returns its numbers at the door.

    Raises:
        LookupError: no door. ValueError: no such channel, call or device, or a fault that cannot be. OverflowError: too many.
    """
    there = door(session)
    numbers = tuple(
        there.inject(
            channel, fault.kind, begin_s=begin_s, duration_s=fault.duration_s, gain=fault.gain, offset=fault.offset,
            amount_s=fault.amount_s,
        )
        for channel in there.channels_of(fault.where)
    )  # fmt: skip
    session.event("fault", f"injected: {fault}", channel=fault.where, fault=fault.kind)
    return numbers


class Schedule:
    """Faults in the order of their begin, put into `session` a second ahead.

    Raises ValueError or LookupError at once for a fault that this bench cannot have.
    """

    def __init__(self, session: Session, faults: Sequence[Fault]) -> None:
        there = door(session)
        for fault in faults:
            for channel in there.channels_of(fault.where):
                there.check(channel, fault.kind, fault.duration_s, fault.amount_s)
        self._session = session
        self._left = sorted(faults, key=lambda fault: fault.begin_s)
        self.begun: list[Fault] = []
        session.on_slice(self._look)

    def _look(self, _piece: Slice) -> None:
        while self._left and self._left[0].begin_s <= self._session.t_s + AHEAD_S:
            fault = self._left.pop(0)
            put_in(self._session, fault, max(fault.begin_s, self._session.t_s))
            self.begun.append(fault)
