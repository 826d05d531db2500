"""The state machine for Python: for tests that walk every state and condition, and for the printed graph."""

from collections.abc import Iterable

from cext.machine cimport Machine, machine_init, machine_step, next_state

from cext.tables.load import STATES, conditions, transitions

_NAMES = [c.name for c in conditions()]


cdef unsigned int _mask(names) except? 0xFFFFFFFF:
    cdef unsigned int mask = 0
    for name in names:
        mask |= 1u << <int>_NAMES.index(name)
    return mask


def following(state: str, present: Iterable[str]) -> str:
    """The state after one tick in `state` under these conditions: the pure function that the tick calls.

    Raises ValueError for a state or a condition that is not in the tables.
    """
    return STATES[next_state(STATES.index(state), _mask(present))]


def names_of(mask: int) -> tuple[str, ...]:
    """The conditions in a bit mask, in bit order."""
    return tuple(name for i, name in enumerate(_NAMES) if mask >> i & 1)


cdef class StateMachine:
    """The machine as the tick steps it, harm, heal and latches included."""

    cdef Machine machine

    def __init__(self) -> None:
        machine_init(&self.machine)

    def step(self, causes: Iterable[str]) -> str:
        """One tick with these causes; returns the state."""
        machine_step(&self.machine, _mask(causes))
        return STATES[self.machine.state]

    @property
    def state(self) -> str:
        return STATES[self.machine.state]

    @property
    def latched(self) -> tuple[str, ...]:
        return names_of(self.machine.latched)

    @property
    def first_trip(self) -> str | None:
        """The condition that tripped first since the last reset."""
        return _NAMES[self.machine.first_trip - 1] if self.machine.first_trip else None


def drawing() -> str:
    """The graph as text, printed from the rows themselves."""
    lines = []
    for row in transitions():
        parts = [" and ".join(row.all)] if row.all else []
        if row.any:
            parts.append("any of " + ", ".join(row.any))
        if row.none:
            parts.append("none of " + ", ".join(row.none))
        lines.append(f"{' | '.join(row.source)} -> {row.target}: {'; '.join(parts)}")
    return "\n".join(lines)
