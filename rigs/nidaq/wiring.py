"""Which channel lies on which terminal, and how volts and levels become units of the signal table.

One rule for inputs and outputs:  value = offset + gain_per_V * volts  (counters: gain_per_Hz * frequency).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from cext.tables import load
from rigs.nidaq.terminal import Terminal, terminal

Mode = Literal["rse", "nrse", "differential", "pseudodifferential", "default"]
Timing = Literal["hardware", "on-demand", "buffered"]


@dataclass(frozen=True, slots=True)
class Analog:
    """An analog channel. `slot`: its index among the inputs (or outputs) of the signal table. rest, safe: of outputs, in units."""

    slot: int
    name: str
    terminal: Terminal
    low_V: float
    high_V: float
    gain_per_V: float
    offset: float
    mode: Mode = "default"
    rest: float = 0.0
    safe: float = 0.0

    def volts(self, value: float) -> float:
        """The voltage that stands for a value, within the channel's range."""
        return min(max((value - self.offset) / self.gain_per_V, self.low_V), self.high_V)


@dataclass(frozen=True, slots=True)
class Digital:
    """A line. Without `invert` high stands for 1."""

    slot: int
    name: str
    terminal: Terminal
    invert: bool
    rest: float = 0.0
    safe: float = 0.0

    def level(self, value: float) -> bool:
        return (value >= 0.5) != self.invert


@dataclass(frozen=True, slots=True)
class Counter:
    """Edges counted, as a frequency over a sliding window: a standstill is 0 at the end of the window, and no read waits."""

    slot: int
    name: str
    terminal: Terminal
    gain_per_Hz: float
    offset: float
    window_s: float


@dataclass(frozen=True, slots=True)
class Wiring:
    """All of a bench's terminals, in the order of the signal table."""

    analog_in: tuple[Analog, ...]
    digital_in: tuple[Digital, ...]
    counters: tuple[Counter, ...]
    analog_out: tuple[Analog, ...]
    digital_out: tuple[Digital, ...]
    timing: Timing
    product: str
    latency_s: float  # buffered: how far the tick follows the card
    budget_pct: float  # share of the period that reads and writes may take
    watchdog_line: Terminal | None
    watchdog_s: float | None  # of the card's own watchdog
    allow_no_watchdog: bool

    @property
    def devices(self) -> list[str]:
        """Names of the cards."""
        rows: list[Analog | Digital | Counter] = [*self.analog_in, *self.digital_in, *self.counters]
        rows += [*self.analog_out, *self.digital_out]
        return list(dict.fromkeys(row.terminal.device for row in rows))

    @property
    def watchdog(self) -> str:
        """What watches over this program, in words; empty: nothing."""
        parts = [f"line {self.watchdog_line} toggles every tick"] if self.watchdog_line else []
        parts += [f"the card's own after {self.watchdog_s * 1000:g} ms"] if self.watchdog_s else []
        return ", ".join(parts)


def wiring(inputs: Mapping[str, Any], outputs: Mapping[str, Any], tables: Mapping[str, Any]) -> Wiring:
    """The wiring of a bench file's rows.

    Args:
        inputs, outputs: rows by channel name; those without ``wire`` or on a drive are left out. Safe values are numbers here.
        tables: the bench file's ``daq`` and ``watchdog``.

    Raises:
        ValueError: a terminal that cannot be read, or one of the wrong kind.
    """
    daq, watchdog = tables["daq"], tables.get("watchdog") or {}
    analog_in, digital_in, counters, analog_out, digital_out = [], [], [], [], []
    for slot, name, _, wire in _wired(inputs, [s.path[3:] for s in load.inputs()]):
        at = terminal(wire["terminal"])
        if at.kind == "ai":
            analog_in.append(_analog(slot, name, at, wire, {}))
        elif at.kind == "digital":
            digital_in.append(Digital(slot, name, at, bool(wire.get("invert"))))
        elif at.kind == "counter":
            window_s = (wire.get("window_ms") or 100.0) * 1e-3
            counters.append(Counter(slot, name, at, wire["gain_per_Hz"], wire.get("offset") or 0.0, window_s))
        else:
            raise ValueError(f"input {name}: {at} is an output")
    for slot, name, row, wire in _wired(outputs, [s.path[4:] for s in load.outputs()]):
        at = terminal(wire["terminal"])
        levels = {"rest": row["rest"], "safe": row["safe"]}
        if at.kind == "ao":
            analog_out.append(_analog(slot, name, at, wire, levels))
        elif at.kind == "digital":
            digital_out.append(Digital(slot, name, at, bool(wire.get("invert")), **levels))
        else:
            raise ValueError(f"output {name}: {at} is an input")
    line, card_ms = watchdog.get("line"), watchdog.get("card_timeout_ms")
    return Wiring(
        tuple(analog_in), tuple(digital_in), tuple(counters), tuple(analog_out), tuple(digital_out),
        daq["timing"], daq["product"], daq["latency_ms"] * 1e-3, daq["budget_pct"],
        terminal(line) if line else None, card_ms * 1e-3 if card_ms else None, bool(watchdog.get("allow_no_watchdog")),
    )  # fmt: skip


def _wired(rows: Mapping[str, Any], order: list[str]) -> list[tuple[int, str, Any, Mapping[str, Any]]]:
    found = []
    for slot, name in enumerate(order):
        wire = (rows.get(name) or {}).get("wire")
        if wire and wire.get("terminal"):
            found.append((slot, name, rows[name], wire))
    return found


def _analog(slot: int, name: str, at: Terminal, wire: Mapping[str, Any], levels: Mapping[str, float]) -> Analog:
    low_V, high_V = wire["volts"]
    return Analog(
        slot, name, at, low_V, high_V, wire["gain_per_V"], wire.get("offset") or 0.0, wire.get("mode") or "default", **levels
    )
