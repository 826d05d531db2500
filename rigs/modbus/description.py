"""A drive as its file describes it (configs/drives/*.toml, checked by controller.config.drive), ready to be talked to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rigs.modbus.registers import Register, WordOrder

LEAST_LOST_S = 0.25
BELIEVED = 1.2  # × highest_rpm


@dataclass(frozen=True, slots=True)
class Bits:
    """Holds where status & mask == value."""

    mask: int
    value: int

    def holds(self, status: int) -> bool:
        return status & self.mask == self.value


@dataclass(frozen=True, slots=True)
class Step:
    """A control word that is written until the status shows `until`, for at most `within_s`."""

    word: int
    until: Bits
    within_s: float


@dataclass(frozen=True, slots=True)
class Watchdog:
    """The drive's own supervision of set points."""

    time: Register
    most_s: float
    action: Register
    allowed: tuple[int, ...]
    words: str


@dataclass(frozen=True, slots=True)
class Constant:
    """A value that tells another drive, or a wrong word order."""

    what: str
    at: Register
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Description:
    """A drive file. Times in s, speeds in rpm; see docs/drives.md."""

    name: str
    profile: str
    word_order: WordOrder
    turnaround_s: float
    poll_hz: float
    baud: int
    parity: str
    stop_bits: int
    highest_rpm: float
    control: Register
    set_speed: Register
    read: Mapping[str, Register]
    rest: int
    run: int
    enable: tuple[Step, ...]
    reset: tuple[int, ...]
    running: Bits
    fault: Bits
    remote: Bits | None
    warning: Bits | None
    watchdog: Watchdog | None
    constants: tuple[Constant, ...]
    fault_kind: str
    fault_words: Mapping[int, str]

    @property
    def lost_s(self) -> float:
        """Without a good reply for this long the drive counts as lost: max(250 ms, 3 × turnaround)."""
        return max(LEAST_LOST_S, 3.0 * self.turnaround_s)

    @classmethod
    def of(cls, tables: Mapping[str, Any]) -> Description:
        """From the tables of a checked drive file."""
        bus, control, status = tables["bus"], tables["control"], tables["status"]
        watchdog, faults = tables.get("watchdog"), tables.get("faults") or {"kind": "code", "words": {}}
        read = {key: Register.of(row) for key, row in tables["read"].items() if row is not None}
        return cls(
            name=tables["pump_drive"]["name"],
            profile=tables["pump_drive"]["profile"],
            word_order=bus["word_order"],
            turnaround_s=bus["turnaround_ms"] * 1e-3,
            poll_hz=float(bus["poll_hz"]),
            baud=bus["baud"],
            parity=bus["parity"],
            stop_bits=bus["stop_bits"],
            highest_rpm=float(tables["speed"]["highest_rpm"]),
            control=Register.of(tables["write"]["control"]),
            set_speed=Register.of(tables["write"]["speed"]),
            read=read,
            rest=control["rest"],
            run=control["run"],
            enable=tuple(Step(s["write"], Bits(s["mask"], s["value"]), s["within_ms"] * 1e-3) for s in control["enable"]),
            reset=tuple(control["reset"]),
            running=Bits(**status["running"]),
            fault=Bits(**status["fault"]),
            remote=Bits(**status["remote"]) if status.get("remote") else None,
            warning=Bits(**status["warning"]) if status.get("warning") else None,
            watchdog=watchdog
            and Watchdog(
                Register.of(watchdog["time"]), watchdog["most_s"], Register.of(watchdog["action"]), tuple(watchdog["allowed"]),
                watchdog["words"],
            ),
            constants=tuple(
                Constant(row["what"], Register.of(row["at"]), row["low"], row["high"]) for row in tables.get("check", ())
            ),
            fault_kind=faults["kind"],
            fault_words={int(key, 16): text for key, text in faults["words"].items()},
        )  # fmt: skip

    def fault_text(self, number: int) -> str:
        """What the fault register says, in words: ``0x2310 overcurrent``."""
        width = 4 if self.fault_kind == "code" else 8
        if self.fault_kind == "code":
            return f"0x{number:0{width}X} {self.fault_words.get(number, '(not in the drive file)')}"
        named = [text for bit, text in self.fault_words.items() if number & bit]
        rest = number
        for bit in self.fault_words:
            rest &= ~bit
        if rest or not named:
            named.append("bits that are not in the drive file" if rest else "no bit set")
        return f"0x{number:0{width}X} {', '.join(named)}"
