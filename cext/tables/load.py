"""The tables of signals, settings, conditions and transitions, as read from their TOML files.

Everything that names a signal or a setting (C structs, NumPy dtypes, recording header, MQTT metadata, configuration
checks, documentation) is derived from what this module returns.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
BITS = 32  # of the core's masks of conditions and of inputs
TRIPS = "trips"  # the word in transitions.toml that stands for every tripping condition
# Order of the groups in the C structs; a file that is not named here is an error.
SIGNAL_GROUPS = ("time", "in", "out", "cmd", "state", "beat", "iabp", "pump", "plant")
STATES = ("INIT", "IDLE", "ARMED", "RUNNING", "STOPPING", "SAFE", "FAULT")


Value = float | int | bool | str  # of a setting, in the words of people


@dataclass(frozen=True, slots=True)
class Signal:
    """One column of the frame. `path` is ``group.name``; `cname` the field of ``struct Frame``."""

    path: str
    unit: str
    description: str
    type: str = "f4"
    deterministic: bool = True
    role: str = ""
    kind: str = "analog"
    fast: bool = False
    decimate: str = ""
    pressure_limit: bool = False

    @property
    def cname(self) -> str:
        return self.path.replace(".", "_")


@dataclass(frozen=True, slots=True)
class Setting:
    """One settable value. In C every setting is a double: a choice its index, a bool 0 or 1."""

    path: str
    description: str
    default: Value
    kind: str = "float"
    unit: str = ""
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    live: bool = True
    internal: bool = False
    source: str = ""

    @property
    def cname(self) -> str:
        return self.path.replace(".", "_")

    @property
    def allowed(self) -> str:
        """What may be given, in words: ``40 to 120 bpm``, ``on, off``, ``1:1, 1:2, …``."""
        if self.kind == "bool":
            return "on or off"
        if self.kind == "choice":
            return "one of " + ", ".join(self.choices)
        whole = "a whole number, " if self.kind == "int" else ""
        return f"{whole}{self.low:g} to {self.high:g} {self.unit}".rstrip()

    def encode(self, value: object) -> float:
        """The double that stands for `value` in ``struct Settings``.

        Accepts the TOML type of the setting, or its text (``--set``, MQTT): ``on``/``off`` for a bool.

        Raises:
            ValueError: not of the setting's kind, not finite, not a choice, or out of range.
        """
        word = value.strip() if isinstance(value, str) else value
        if self.kind == "choice":
            if word in self.choices:
                return float(self.choices.index(str(word)))
        elif self.kind == "bool":
            if isinstance(word, bool):
                return float(word)
            if word in ("on", "off", "true", "false"):
                return float(word in ("on", "true"))
        elif not isinstance(word, bool):
            number = _number(word)
            whole = number is not None and (self.kind == "float" or number == int(number))
            if (
                whole
                and number is not None
                and self.low is not None
                and self.high is not None
                and self.low <= number <= self.high
            ):
                return number
        raise ValueError(f"{self.path} = {value!r} is refused: allowed is {self.allowed}")

    def holds(self, number: float) -> bool:
        """Whether this double is one that ``struct Settings`` may hold: finite, in range, an index of a choice."""
        if self.kind == "bool":
            return number in (0.0, 1.0)
        if self.kind == "choice":
            return number in range(len(self.choices))
        return self.low is not None and self.high is not None and self.low <= number <= self.high

    def decode(self, number: float) -> Value:
        """The value in the words of the user for a double out of ``struct Settings``."""
        if self.kind == "choice":
            return self.choices[int(number)]
        if self.kind == "bool":
            return bool(number)
        return int(number) if self.kind == "int" else number


@dataclass(frozen=True, slots=True)
class Condition:
    """One bit of the guard; see conditions.toml."""

    name: str
    description: str
    clears: str
    trip: bool = False
    harm: int = 1
    heal: int = 1


@dataclass(frozen=True, slots=True)
class BalloonAlarm:
    """One alarm of the balloon console; see balloon_alarms.toml. `code`: of iabp.gas_fault, 0 where the line does not show it."""

    name: str
    priority: str
    what: str
    code: int = 0
    deflates: bool = False
    signal: str = ""
    limit: str = ""
    side: str = ""
    for_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the state machine: states left, state entered, and the conditions asked for."""

    source: tuple[str, ...]
    target: str
    all: tuple[str, ...]
    any: tuple[str, ...]
    none: tuple[str, ...]


def _number(value: object) -> float | None:
    if not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if abs(number) != float("inf") and number == number else None


def _tables(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        return tomllib.load(file)


@cache
def signals() -> tuple[Signal, ...]:
    """Every signal, in the order of the fields of ``struct Frame``."""
    found = {file.stem for file in (FOLDER / "signals").glob("*.toml")}
    if found != set(SIGNAL_GROUPS):
        raise ValueError(f"signal groups {sorted(found)} differ from SIGNAL_GROUPS {sorted(SIGNAL_GROUPS)}")
    return tuple(
        Signal(path=f"{group}.{name}", **row)
        for group in SIGNAL_GROUPS
        for name, row in _tables(FOLDER / "signals" / f"{group}.toml").items()
    )


@cache
def settings() -> dict[str, Setting]:
    """Every setting by its path, in the order of the fields of ``struct Settings``."""
    rows: dict[str, Setting] = {}
    for file in sorted((FOLDER / "settings").glob("*.toml")):
        for name, row in _tables(file).items():
            row["choices"] = tuple(row.get("choices", ()))
            setting = Setting(path=f"{file.stem}.{name}", **row)
            setting.encode(setting.default)
            rows[setting.path] = setting
    return rows


@cache
def inputs() -> tuple[Signal, ...]:
    """The signals that a rig measures, in frame order (contiguous)."""
    return tuple(s for s in signals() if s.role == "input")


@cache
def outputs() -> tuple[Signal, ...]:
    """The signals that go to actuators, in frame order (contiguous)."""
    return tuple(s for s in signals() if s.role == "output")


@cache
def conditions() -> tuple[Condition, ...]:
    """The guard's conditions in bit order."""
    rows = tuple(Condition(name=name, **row) for name, row in _tables(FOLDER / "conditions.toml").items())
    if len(rows) > BITS or len(inputs()) > BITS:
        raise ValueError(f"{len(rows)} conditions, {len(inputs())} inputs: a bit mask of the core has {BITS} bits")
    return rows


@cache
def balloon_alarms() -> tuple[BalloonAlarm, ...]:
    """The alarms of the balloon console, those with a code first and in its order."""
    rows = tuple(BalloonAlarm(name=name, **row) for name, row in _tables(FOLDER / "balloon_alarms.toml").items())
    codes = [row.code for row in rows if row.code]
    if codes != list(range(1, len(codes) + 1)) or len(codes) >= BITS:
        raise ValueError(f"balloon_alarms.toml: the codes are {codes}, they must be 1, 2, … in order, {BITS - 1} at most")
    for row in rows:
        if row.signal and (row.signal not in {s.path for s in signals()} or row.limit not in settings()):
            raise ValueError(f"balloon_alarms.toml: [{row.name}] there is no signal {row.signal!r} or no setting {row.limit!r}")
    return rows


@cache
def transitions() -> tuple[Transition, ...]:
    """The rows of the state machine, in order; ``trips`` is already spelled out."""
    trips = tuple(c.name for c in conditions() if c.trip)

    def names(words: list[str]) -> tuple[str, ...]:
        return tuple(n for word in words for n in (trips if word == TRIPS else (word,)))

    return tuple(
        Transition(
            source=tuple(row["from"]),
            target=row["to"],
            all=names(row.get("all", [])),
            any=names(row.get("any", [])),
            none=names(row.get("none", [])),
        )
        for row in _tables(FOLDER / "transitions.toml")["row"]
    )
