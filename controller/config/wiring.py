"""How a bench file says which channel lies on which terminal: `wire` of a channel, and the tables [daq] and [watchdog]."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from controller.config.errors import Fault
from controller.config.model import Range, Strict, refuse
from controller.config.nearest import nearest
from rigs.nidaq.terminal import FORM, Kind, Terminal, terminal

Name = Annotated[str, Field(min_length=1, max_length=100)]
# What each kind of terminal takes besides `terminal`; the second set must be given.
_KEYS: dict[Kind, tuple[set[str], set[str]]] = {
    "ai": ({"mode", "volts", "gain_per_V", "offset"}, {"mode", "gain_per_V"}),
    "ao": ({"volts", "gain_per_V", "offset"}, {"gain_per_V"}),
    "digital": ({"invert"}, set()),
    "counter": ({"gain_per_Hz", "offset", "window_ms"}, {"gain_per_Hz"}),
}
_ON_DRIVE = {"drive", "quantity"}


class Wire(Strict):
    """The other end of a channel: a terminal of a card, or a quantity of a drive on a bus.

    value = offset + gain_per_V * volts, for inputs and outputs alike; counters: offset + gain_per_Hz * frequency.
    """

    terminal: Name | None = None
    mode: Literal["rse", "nrse", "differential", "pseudodifferential"] | None = None
    volts: Range = (-10.0, 10.0)
    gain_per_V: float | None = None
    gain_per_Hz: float | None = None
    offset: float = 0.0
    invert: bool = False
    window_ms: float = Field(100.0, ge=1.0, le=1000.0)
    drive: Name | None = None
    quantity: Name | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        given = self.model_fields_set - {"terminal"}
        if (self.terminal is None) == (self.drive is None):
            refuse([Fault((), "needs one of terminal and drive", f"terminal = {FORM}, or drive and quantity")])
        if self.terminal is None:
            refuse(Fault((key,), "has no effect on a drive") for key in sorted(given - _ON_DRIVE))
            if self.quantity is None:
                refuse([Fault(("quantity",), "is required and missing beside drive", missing=True)])
            return self
        try:
            kind = terminal(self.terminal).kind
        except ValueError:
            refuse([Fault(("terminal",), "is no terminal", FORM)])
        takes, needs = _KEYS[kind]
        found = [Fault((key,), f"has no effect on {self.terminal}", ", ".join(sorted(takes))) for key in sorted(given - takes)]
        found += [Fault((key,), f"is required and missing for {self.terminal}", missing=True) for key in sorted(needs - given)]
        if self.volts[0] >= self.volts[1]:
            found.append(Fault(("volts",), "does not rise", "[low, high] with low < high"))
        found += [Fault((key,), "is 0: every value would be the same") for key in ("gain_per_V", "gain_per_Hz")
                  if getattr(self, key) == 0.0]  # fmt: skip
        refuse(found)
        return self

    @property
    def place(self) -> Terminal | None:
        """The terminal; None on a drive."""
        return terminal(self.terminal) if self.terminal is not None else None

    def reach(self) -> tuple[float, float] | None:
        """Values between which an analog channel can move, in units; None for the others."""
        if self.gain_per_V is None:
            return None
        low, high = sorted(self.offset + self.gain_per_V * volts for volts in self.volts)
        return low, high


class Daq(Strict):
    """The cards. `timing`: ``hardware`` (the card's sample clock is the tick), ``on-demand``, or ``buffered`` (monitoring only)."""

    product: Name
    timing: Literal["hardware", "on-demand", "buffered"]
    latency_ms: float = Field(50.0, ge=1.0, le=1000.0)  # buffered: reserve of samples between card and tick
    budget_pct: float = Field(50.0, ge=1.0, le=90.0)  # share of the period that reads and writes may take


class Watchdog(Strict):
    """What makes the bench safe when this program dies: a line that toggles every tick, the card's own watchdog, or both."""

    line: Name | None = None
    card_timeout_ms: float | None = Field(None, ge=2.0, le=34_000.0)
    allow_no_watchdog: bool = False

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.line is not None:
            try:
                digital = terminal(self.line).kind == "digital"
            except ValueError:
                digital = False
            if not digital:
                refuse([Fault(("line",), "is no digital line", "DEVICE/portN/lineN")])
        if self.allow_no_watchdog and (self.line is not None or self.card_timeout_ms is not None):
            refuse([Fault(("allow_no_watchdog",), "has no effect: there is a watchdog")])
        return self


def unknown_card(product: str, known: list[str]) -> Fault:
    """A product whose limits this version does not know: allowed, but nothing can be checked without the card."""
    return Fault(
        ("daq", "product"), "is no card that this version knows the limits of", ", ".join(known), nearest(product, known)
    )
