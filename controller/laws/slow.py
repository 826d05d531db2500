"""Slow laws: Python in the supervisor, a few times a second, through validated settings and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from cext.frame import FRAME_DTYPE
from cext.tables.load import settings

if TYPE_CHECKING:
    from controller.session.session import Session, Slice

Value = float | int | bool | str
LEAST_PERIOD_S = 0.1  # the supervisor looks every 100 ticks in virtual time and every 50 ms in real time
# What no bench could tell is not for a law: it would work in the simulation only.
HIDDEN = "plant."


@runtime_checkable
class SlowLaw(Protocol):
    """What a slow law is: how often it steps, which settings it may change, and the step.

    `step` gets what was seen since its last step, one value a tick, by the path of each signal, and returns the settings that
    it wants to be in force from now on, in the setting's unit or word.
    """

    period_s: float
    settings: tuple[str, ...]

    def step(self, seen: Mapping[str, npt.NDArray[np.float64]]) -> Mapping[str, Value]: ...


class Seen(Mapping[str, npt.NDArray[np.float64]]):
    """Frames by signal; `plant.*` is left out."""

    names = tuple(name for name in FRAME_DTYPE.names or () if "." in name and not name.startswith(HIDDEN))

    def __init__(self, frames: np.ndarray) -> None:
        self._frames = frames

    def __getitem__(self, path: str) -> npt.NDArray[np.float64]:
        if path not in self.names:
            raise KeyError(f"{path} is no signal that a law can see")
        return np.asarray(self._frames[path], np.float64)

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)


class Stepping:
    """Steps a slow law on a session while the machine runs.

    A setting that the law may not change, or a value that its setting refuses, is an alarm and changes nothing. A law that
    raises is a controller that is gone: the machine is tripped. One that hangs is the core's business: a silent supervisor
    ramps down and trips.

    Raises:
        ValueError: a period that is too short, or a setting that does not exist or cannot change while armed.
    """

    def __init__(self, session: Session, law: SlowLaw, name: str) -> None:
        unfit = [path for path in law.settings if path not in settings() or not settings()[path].live]
        if unfit:
            raise ValueError(f"law {name}: {', '.join(unfit)}: no setting that can change while armed (mockloop list settings)")
        if not law.period_s >= LEAST_PERIOD_S:
            raise ValueError(
                f"law {name}: period_s = {law.period_s} s is refused: at least {LEAST_PERIOD_S} s; a faster law is compiled"
            )
        self._session, self._law, self._name = session, law, name
        self._ticks = round(law.period_s / session.period_s)
        self._next: int | None = None
        self._frames: list[np.ndarray] = []
        self._refused: set[str] = set()
        session.on_slice(self._look)

    def _look(self, piece: Slice) -> None:
        if piece.state != "RUNNING":
            self._next, self._frames = None, []
            return
        self._frames.append(piece.frames)
        if self._next is None:
            self._next = self._session.tick + self._ticks
        if self._session.tick < self._next or self._law is None:
            return
        self._next += self._ticks
        frames, self._frames = np.concatenate(self._frames), []
        try:
            wanted = dict(self._law.step(Seen(frames)))
        except Exception as error:
            # SAFETY: a law that has failed holds nothing up: the bench is made safe
            why = f"law {self._name} failed: {type(error).__name__}: {error}"
            self._session.event("alarm", why, "high", condition="law-failed")
            self._session.trip(why)
            return
        for path, value in wanted.items():
            self._ask(path, value)

    def _ask(self, path: str, value: Value) -> None:
        try:
            if path not in self._law.settings:
                raise ValueError(f"{path} is not among its settings ({', '.join(self._law.settings)})")
            if isinstance(value, np.generic):
                value = value.item()
            if self._session.value(path) != value:
                self._session.set({path: value})
        except ValueError as error:
            if path not in self._refused:  # once a setting: a law asks several times a second
                self._refused.add(path)
                self._session.event("alarm", f"law {self._name}: {error}", "medium", condition=f"law-refused {path}")
