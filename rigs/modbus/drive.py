"""What is said to a drive, and when: enable sequence, set points, status, faults. No wire, no clock of its own.

What is held, in this order: a drive is started by a fresh enable edge of the core only, never by a connection that comes back, a
fault that is reset or a make_safe; what cannot be believed is no reply; a tick that falls silent ends in the safe values.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from rigs.modbus.description import BELIEVED, Description
from rigs.modbus.port import BusError
from rigs.modbus.registers import Register, blocks

SILENCE_S = 0.5  # without a new order from the tick: the safe values
FRESH, HELD, STARTING, RUNNING = "connected", "held", "starting", "running"


class Line(Protocol):
    """What a drive is talked to through (port.Port)."""

    def read(self, address: int, count: int) -> list[int]: ...
    def write(self, address: int, words: Sequence[int]) -> None: ...


@dataclass(frozen=True, slots=True)
class Order:
    """What the tick wants. `edges`: rising edges of enable so far; `age_s`: since the tick wrote it."""

    speed_rpm: float = 0.0
    enable: bool = False
    edges: int = 0
    age_s: float = math.inf


@dataclass(slots=True)
class Measured:
    """What an exchange brought. NaN: the drive does not tell. `bad`: not to be relied upon, see `Drive.complaints`."""

    status: int
    speed_rpm: float
    current_A: float = math.nan
    flow_L_min: float = math.nan
    fault: int | None = None
    bad: bool = False


@dataclass(slots=True)
class Drive:
    """One drive, from its connection to its loss and again.

    `safe_rpm`, `safe_enable`: the outputs' declared safe values. `complaints`: in words, what speaks against using it now.
    """

    what: Description
    safe_rpm: float
    safe_enable: bool
    state: str = FRESH
    spent: int = 0  # edges up to here start nothing any more
    unfollowed: str = ""  # why the drive did not do as told; until clear()
    trouble: dict[str, str] = field(default_factory=dict)
    _step: int = 0
    _since_s: float = 0.0
    _resets: list[int] = field(default_factory=list)
    _last: Measured | None = None
    _known: bool = False  # the checks of a connection were passed once

    def connected(self, order: Order) -> None:
        """A connection was made: all edges so far are void."""
        self.state, self.spent, self._last, self._resets = FRESH, order.edges, None, []

    def clear(self) -> None:
        """A person's reset: what was not followed is forgotten, a fault of the drive is reset; nothing starts by that."""
        self.unfollowed = ""
        if self.state != RUNNING and self.state != STARTING:
            self._resets = list(self.what.reset)

    @property
    def complaints(self) -> tuple[str, ...]:
        return tuple(text for text in (*self.trouble.values(), self.unfollowed) if text)

    def exchange(self, line: Line, order: Order, now_s: float) -> Measured:
        """Set points out, measured values in. Raises BusError where that failed or cannot be believed."""
        speed_rpm, enable = self._wanted(order)
        if self.state == FRESH:
            if self._known and not enable:
                # SAFETY: a drive that was understood before is told to stand at once; its replies may be what is missing
                line.write(self.what.control.address, self.what.control.encode(self.what.rest, self.what.word_order))
            self._check(line)
            self._known = True
            self._take_up(line, enable, order)
        self._decide(enable, order.edges, now_s)
        self._put(line, speed_rpm)
        found = self._look(line)
        self._judge(found, now_s)
        self._last = found
        return found

    def _take_up(self, line: Line, enable: bool, order: Order) -> None:
        """First words on a connection: a pump that runs and shall run goes on, one that stands is not started."""
        self._last = self._look(line)
        if enable and self.what.running.holds(self._last.status):
            self.state = RUNNING
            return
        self.state = HELD
        if enable and order.age_s <= SILENCE_S:
            self.unfollowed = "the pump stands after the connection to its drive was broken: it is started by a new enable only"

    # -- out

    def _wanted(self, order: Order) -> tuple[float, bool]:
        if order.age_s > SILENCE_S:
            # SAFETY: nobody asks any more; what runs goes on at the safe speed or stands, and nothing starts
            if math.isfinite(order.age_s):  # before the loop's first tick nobody has fallen silent
                self.trouble["silence"] = f"the loop has given no set point for {order.age_s:.1f} s: safe values stand"
            self.spent = order.edges
            return self.safe_rpm, self.safe_enable
        self.trouble.pop("silence", None)
        return order.speed_rpm, order.enable

    def _decide(self, enable: bool, edges: int, now_s: float) -> None:
        if not enable:
            self.state, self.spent = HELD, edges
        elif self.state == HELD and edges > self.spent and not self._resets:
            self.spent = edges
            if self._last is None or not self.what.fault.holds(self._last.status):
                self.state, self._step, self._since_s = STARTING, 0, now_s
            else:
                self.unfollowed = "enable was asked for while the drive is in fault: reset, then enable again"

    def _put(self, line: Line, speed_rpm: float) -> None:
        what = self.what
        word = what.rest
        if self.state == STARTING:
            word = what.enable[self._step].word
        elif self.state == RUNNING:
            word = what.run
        elif self._resets:
            word = self._resets.pop(0)
        rpm = min(max(speed_rpm, 0.0), what.highest_rpm) if self.state in (STARTING, RUNNING) else 0.0
        if not math.isfinite(rpm):
            rpm = 0.0
        control, speed = what.control.encode(word, what.word_order), what.set_speed.encode(rpm, what.word_order)
        if what.set_speed.address == what.control.address + 1:
            line.write(what.control.address, control + speed)
        else:  # speed first: a run word must not find an old one
            line.write(what.set_speed.address, speed)
            line.write(what.control.address, control)

    # -- in

    def _look(self, line: Line) -> Measured:
        what = self.what
        regular = {name: register for name, register in what.read.items() if name != "fault"}
        values: dict[str, float] = {}
        for block in blocks(regular):
            words = line.read(block.address, block.count)
            values |= block.decode(words, what.word_order)
        status = int(values["status"])
        speed = values["speed"]
        if not abs(speed) <= BELIEVED * what.highest_rpm:
            hint = self._order_hint("speed", line)
            raise BusError(f"speed of {speed:.4g} rpm is not believed, the drive file allows {what.highest_rpm:g} rpm{hint}")
        for name, unit in (("current", "A"), ("flow", "L/min")):
            if name in values and not abs(values[name]) < 1e6:
                raise BusError(f"{name} of {values[name]:.4g} {unit} is not believed{self._order_hint(name, line)}")
        fault = None
        if what.fault.holds(status) and "fault" in what.read:
            register = what.read["fault"]
            fault = int(register.decode(line.read(register.address, register.words), what.word_order))
        return Measured(status, speed, values.get("current", math.nan), values.get("flow", math.nan), fault)

    def _judge(self, found: Measured, now_s: float) -> None:
        what, status = self.what, found.status
        in_fault = what.fault.holds(status)
        if in_fault:
            said = what.fault_text(found.fault) if found.fault is not None else f"status 0x{status:04X}"
            self.trouble["fault"] = f"the drive is in fault: {said}"
            self.state = HELD
        else:
            self.trouble.pop("fault", None)
        foreign = what.remote is not None and not what.remote.holds(status)
        if foreign:
            self.trouble["remote"] = "the drive is not under bus control (local or another control place): set it to remote"
        else:
            self.trouble.pop("remote", None)
        if self.state == STARTING:
            self._start_on(status, now_s)
        elif self.state == RUNNING and not what.running.holds(status):
            self.state = HELD
            self.unfollowed = (
                f"the drive has stopped by itself (status 0x{status:04X}): look for a missing release at its terminals"
            )
        found.bad = in_fault or foreign or bool(self.unfollowed)

    def _start_on(self, status: int, now_s: float) -> None:
        step = self.what.enable[self._step]
        if step.until.holds(status):
            self._step, self._since_s = self._step + 1, now_s
            if self._step == len(self.what.enable):
                self.state = RUNNING
        elif now_s - self._since_s > step.within_s:
            self.state = HELD
            wanted = f"0x{step.until.value:04X} under mask 0x{step.until.mask:04X}"
            self.unfollowed = (
                f"the drive did not follow step {self._step + 1} of its enable sequence within {step.within_s * 1e3:.0f} ms: "
                f"status 0x{status:04X}, wanted {wanted}"
            )

    # -- once a connection

    def _check(self, line: Line) -> None:
        """Is it the drive of the file, and does it watch over itself? Raises BusError where it is not."""
        what = self.what
        for constant in what.constants:
            value = self._constant(line, constant.at)
            if not constant.low <= value <= constant.high:
                hint = self._swap_hint(constant.at, line, constant.low, constant.high)
                allowed = f"{constant.low:g} to {constant.high:g}"
                raise BusError(f"{constant.what} reads {value:.6g}, allowed is {allowed}: another drive than {what.name}{hint}")
        self.trouble.pop("watchdog", None)
        if what.watchdog is None:
            self.trouble["watchdog"] = "the drive file names no watchdog of the drive: it would run on if the bus were cut"
            return
        try:
            time_s, action = (self._constant(line, register) for register in (what.watchdog.time, what.watchdog.action))
        except BusError as error:
            if error.closed:
                raise
            self.trouble["watchdog"] = f"the drive's own watchdog cannot be read ({error}): make sure of {what.watchdog.words}"
            return
        if not 0.0 < time_s <= what.watchdog.most_s or int(action) not in what.watchdog.allowed:
            self.trouble["watchdog"] = (
                f"the drive's own watchdog is off or too slow (time {time_s:g} s, action {action:g}): set {what.watchdog.words}"
            )

    def _constant(self, line: Line, register: Register) -> float:
        return register.decode(line.read(register.address, register.words), self.what.word_order)

    def _order_hint(self, name: str, line: Line) -> str:
        limit = BELIEVED * self.what.highest_rpm if name == "speed" else 1e6
        return self._swap_hint(self.what.read[name], line, -limit, limit)

    def _swap_hint(self, register: Register, line: Line, low: float, high: float) -> str:
        """Whether the words in the other order would make sense."""
        if register.words < 2:
            return ""
        other = "little" if self.what.word_order == "big" else "big"
        value = register.decode(line.read(register.address, register.words), other)  # type: ignore[arg-type]
        return f'; with the words exchanged {value:.6g}: is word_order = "{other}" meant?' if low <= value <= high else ""
