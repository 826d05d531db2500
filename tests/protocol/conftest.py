"""A scripted session: the engine's view of a loop without a loop, for orderings that are hard to provoke with the real one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cext.frame import FRAME_DTYPE
from cext.tables.load import settings
from cext.tables.metrics import metrics
from controller.config.protocol import Protocol
from controller.metrics import BeatMetrics
from controller.protocol.operator import Answer
from controller.session.errors import NotArmed, SessionEnded

PERIOD_S = 0.001
Fault = Callable[["Scripted"], None]


@dataclass
class Piece:
    frames: Any
    beats: list[BeatMetrics]
    state: str
    tripped: bool
    over: str = ""


@dataclass
class Scripted:
    """Frames and beats are functions of loop time; `faults` happen before the n-th operation (set, advance, arm, …).

    signals: path -> function of an array of times (s) to values. metric: (end of the beat in s, session) -> values that
    replace the default of 50 for every metric; None for a value makes it absent. Beats stop at `asystole_s`.
    """

    signals: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    metric: Callable[[float, Scripted], Mapping[str, float | None]] = lambda t, s: {}
    beat_s: float = 0.8
    asystole_s: float = float("inf")
    realtime: bool = False
    faults: Mapping[int, Fault] = field(default_factory=dict)
    period_s: float = PERIOD_S
    offers: frozenset[str] = frozenset({"iabp", "impella", "patient-model"})

    def __post_init__(self) -> None:
        self.tick = 0
        self.state = "IDLE"
        self.latched: tuple[str, ...] = ()
        self.asked: dict[str, Any] = {path: row.default for path, row in settings().items()}
        self.asked |= {"patient.breathing": "off", "patient.rhythm": "sinus"}
        self.operations = 0
        self.sets: list[tuple[float, dict[str, Any], float]] = []
        self.commands: list[str] = []
        self.events: list[tuple[str, str, str, dict[str, Any]]] = []
        self.dead = self.noticed = False
        self.trip_asked = ""
        self.task: asyncio.Task[Any] | None = None

    @property
    def t_s(self) -> float:
        return self.tick * self.period_s

    def value(self, path: str) -> Any:
        return self.asked[path]

    def values(self) -> dict[str, Any]:
        return dict(self.asked)

    def assist_group(self) -> int:
        return int(str(self.asked["iabp.assist"]).split(":")[1]) if self.asked["iabp.enabled"] else 1

    def _operation(self) -> None:
        self.operations += 1
        fault = self.faults.get(self.operations)
        if fault is not None:
            fault(self)

    def set(self, values: Mapping[str, Any], ramp_s: float = 0.0) -> None:
        self.sets.append((self.t_s, dict(values), ramp_s))
        self._operation()
        for path, value in values.items():
            settings()[path].encode(value)
            self.asked[path] = value

    def trip(self, why: str) -> None:
        self.commands.append("trip")
        self.trip_asked = self.trip_asked or why

    def event(self, kind: str, text: str, priority: str = "info", **data: Any) -> None:
        self.events.append((kind, text, priority, data))

    def texts(self, kind: str) -> list[str]:
        return [text for k, text, _, _ in self.events if k == kind]

    async def advance(self, until_tick: int | None = None) -> Piece:
        self._operation()
        await asyncio.sleep(0)
        if self.dead:
            self.noticed = True
            raise SessionEnded("the loop's thread has ended")
        if self.trip_asked and self.state not in ("SAFE", "FAULT"):
            self.state, self.latched = "SAFE", ("trip_request",)
        first = self.tick
        self.tick = max(first, first + 100 if until_tick is None else min(until_tick, first + 100))
        if self.state == "FAULT":
            raise SessionEnded("the core is in FAULT: restart the process")
        return Piece(self._frames(first), self._beats(first), self.state, self.state == "SAFE")

    def _frames(self, first: int) -> Any:
        frames = np.zeros(self.tick - first, FRAME_DTYPE)
        frames["time.tick"] = np.arange(first, self.tick)
        for path, of in self.signals.items():
            frames[path] = of(frames["time.tick"] * self.period_s)
        return frames

    def _beats(self, first: int) -> list[BeatMetrics]:
        long = round(self.beat_s / self.period_s)
        ends = [n for n in range(first + 1, self.tick + 1) if n % long == 0 and n * self.period_s <= self.asystole_s]
        return [self.beat(end, long) for end in ends]

    def beat(self, end: int, long: int) -> BeatMetrics:
        values: dict[str, float | None] = dict.fromkeys(metrics(), 50.0) | dict(self.metric(end * self.period_s, self))
        reasons = {name: "the script says so" for name, value in values.items() if value is None}
        return BeatMetrics(end // long, (end - long) * self.period_s, long * self.period_s, True, values, reasons)

    async def _to(self, name: str, source: Iterable[str], target: str) -> None:
        self.commands.append(name)
        self._operation()
        await self.advance(self.tick + 10)
        if self.state not in source:
            raise NotArmed([f"{name} was not followed: the machine is in {self.state}"])
        self.state = target

    async def arm(self, override: Iterable[str] = ()) -> None:
        self.override = tuple(override)
        await self._to("arm", ["IDLE"], "ARMED")

    async def start(self) -> None:
        await self._to("start", ["ARMED"], "RUNNING")

    async def stop(self) -> None:
        if self.state in ("RUNNING", "STOPPING"):
            self.state = "STOPPING"
            await self._to("stop", ["STOPPING"], "ARMED")

    async def disarm(self) -> None:
        if self.state == "ARMED":
            await self._to("disarm", ["ARMED"], "IDLE")


class Answers:
    """An operator who has the answers ready; None: does not answer at all."""

    def __init__(self, *answers: str | None) -> None:
        self._answers = list(answers)
        self.asked: list[str] = []
        self.cancelled = 0

    async def ask(self, text: str) -> Answer:
        self.asked.append(text)
        answer = self._answers.pop(0)
        if answer is None:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self.cancelled += 1
                raise
        return Answer("declined" if answer == "n" else "answered", answer or "")


MARK = {"iabp.inflation_offset_ms": -7.0}  # what the teardown of every protocol in these tests sets


def build(*steps: Mapping[str, Any], **tables: Any) -> Protocol:
    """A protocol of these steps, with a teardown that can be recognised."""
    named = [{"name": f"step-{n}", **step} for n, step in enumerate(steps, 1)]
    header = {"name": "test", "title": "A test", "requires": ["iabp", "impella", "patient-model"]}
    return Protocol.model_validate({"protocol": header, "step": named, "teardown": {"set": MARK}, **tables})


def teardowns(session: Scripted) -> int:
    """How often the settings of the teardown were asked for."""
    return sum(values.items() >= MARK.items() for _, values, _ in session.sets)


@pytest.fixture
def scripted() -> type[Scripted]:
    return Scripted


@pytest.fixture
def protocol_of() -> Callable[..., Protocol]:
    return build


@pytest.fixture
def answers() -> type[Answers]:
    return Answers


@pytest.fixture
def teardown_count() -> Callable[[Scripted], int]:
    return teardowns


@pytest.fixture
def file_of(tmp_path: Path) -> Callable[[str], Path]:
    """Writes a protocol file: its header is added."""

    def write(text: str) -> Path:
        path = tmp_path / "made.toml"
        header = (
            '[protocol]\nname = "made"\ntitle = "Made"\nrequires = ["iabp", "impella", "patient-model"]\npatient = "healthy"\n'
        )
        path.write_text(header + text, encoding="utf-8")
        return path

    return write
