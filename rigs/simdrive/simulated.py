"""A simulated drive: registers in front, a profile's state machine, watchdog, faults and a motor behind. Time is an argument."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rigs.modbus.description import Description
from rigs.modbus.registers import Register, WordOrder
from rigs.simdrive.motor import LONGEST_S, STEP_S, Motor
from rigs.simdrive.profiles import PROFILES
from rigs.simdrive.shaft import Shaft

FAULTS = ("overcurrent", "overvoltage", "overtemperature")  # that trip at once when injected
BLOCKED_S = 0.5  # overcurrent of a blocked shaft until the drive gives up
AT_SPEED = 0.02
WATCHDOG_S, WATCHDOG_STOPS = 1.0, 1


class IllegalAddress(Exception):
    """A register that the drive does not have, or does not let be written."""


class SimulatedDrive:
    """Answers like the drive of a file; `advance` lets time pass.

    Args:
        what: the drive file.
        ramp_rpm_s: how quickly the speed follows.
        word_order: of two-register values; default the file's (another one tests those who read it).
        shaft: where a plant takes the speed and gives current and flow.
    """

    def __init__(
        self,
        what: Description,
        *,
        ramp_rpm_s: float | None = None,
        word_order: WordOrder | None = None,
        shaft: Shaft | None = None,
    ) -> None:
        self.what = what
        self.order = word_order or what.word_order
        self.profile = PROFILES[what.profile]()
        self.motor = Motor(what.highest_rpm, ramp_rpm_s or what.highest_rpm / 2.0)
        self.shaft = shaft
        self.remote = True
        self.warning = False
        self.fault = 0
        self.set_rpm = 0.0
        self.starts = 0  # how often the motor was started since the drive was switched on
        self.watchdog_s = min(WATCHDOG_S, what.watchdog.most_s) if what.watchdog else WATCHDOG_S
        self.watchdog_action = what.watchdog.allowed[0] if what.watchdog else WATCHDOG_STOPS
        self._now_s: float | None = None
        self._fed_s = 0.0
        self._blocked_s = 0.0

    # -- what happens to it

    def inject(self, fault: str) -> None:
        """A fault from outside. Raises ValueError for one that it does not know."""
        if fault == "blocked":
            self.motor.blocked = True
        elif fault == "local":
            self.remote = False
        elif fault == "unreleased":
            self.profile.release(False)
        elif fault == "warning":
            self.warning = True
        elif fault in FAULTS:
            self._trip(fault)
        else:
            raise ValueError(f"fault {fault!r} is unknown; there are {', '.join(FAULTS)}, blocked, local, unreleased, warning")

    def relieve(self) -> None:
        """Takes the causes away; a fault that has tripped stays until the master resets it."""
        self.motor.blocked = self.warning = False
        self.remote = True
        self.profile.release(True)

    def advance(self, now_s: float) -> None:
        """Lets time pass until `now_s`."""
        if self._now_s is None or now_s - self._now_s > LONGEST_S:
            self._now_s = now_s
        while self._now_s + STEP_S <= now_s:
            self._now_s += STEP_S
            self._tick()

    def _tick(self) -> None:
        assert self._now_s is not None
        profile, motor = self.profile, self.motor
        if profile.driven and self.watchdog_action and self.watchdog_s > 0.0 and self._now_s - self._fed_s > self.watchdog_s:
            self._trip("watchdog")
        motor.step(self.set_rpm, profile.driven, profile.coasting)
        self._blocked_s = self._blocked_s + STEP_S if motor.current_A > 1.5 * motor.full_A else 0.0
        if self._blocked_s > BLOCKED_S:
            self._trip("blocked")
        if self.shaft is not None:
            self.shaft.turn(motor.speed_rpm, profile.driven)

    def _trip(self, name: str) -> None:
        self.fault = self.profile.codes[name]
        self.profile.trip()

    # -- what it says of itself

    @property
    def status(self) -> int:
        near = abs(self.motor.speed_rpm - self.set_rpm) <= AT_SPEED * self.what.highest_rpm
        return self.profile.status(near, self.remote, self.warning)

    @property
    def current_A(self) -> float:
        given = self.shaft.current_A if self.shaft is not None else math.nan
        return self.motor.current_A if math.isnan(given) else given

    @property
    def flow_L_min(self) -> float:
        """Of the plant on the shaft; without one in proportion to speed, 5 L/min at the highest."""
        given = self.shaft.flow_L_min if self.shaft is not None else math.nan
        return 5.0 * self.motor.speed_rpm / self.what.highest_rpm if math.isnan(given) else given

    # -- registers

    def _all(self) -> list[tuple[Register, float]]:
        what, watchdog = self.what, self.what.watchdog
        values = {
            "status": float(self.status), "speed": self.motor.speed_rpm, "current": self.current_A, "flow": self.flow_L_min,
            "fault": float(self.fault if self.profile.in_fault else 0),
        }  # fmt: skip
        found = [(register, values[name]) for name, register in what.read.items()]
        found += [(what.control, float(self.profile.word)), (what.set_speed, self.set_rpm)]
        found += [(row.at, min(max(what.highest_rpm, row.low), row.high)) for row in what.constants]
        if watchdog is not None:
            found += [(watchdog.time, self.watchdog_s), (watchdog.action, float(self.watchdog_action))]
        return found

    def registers(self) -> dict[int, int]:
        """Every register that the drive has, as it reads now, by address."""
        found: dict[int, int] = {}
        for register, value in self._all():
            words = register.encode(value if math.isfinite(value) else 0.0, self.order)
            found |= dict(enumerate(words, register.address))
        return found

    def write(self, address: int, words: Sequence[int], now_s: float) -> None:
        """The master writes. Raises IllegalAddress; nothing is changed then."""
        what = self.what
        held = {register.address + i: register for register in (what.control, what.set_speed) for i in range(register.words)}
        if what.watchdog is not None:
            held |= {r.address + i: r for r in (what.watchdog.time, what.watchdog.action) for i in range(r.words)}
        if any(address + i not in held for i in range(len(words))):
            raise IllegalAddress(f"registers {address} to {address + len(words) - 1} cannot be written")
        given = dict(enumerate(words, address))
        whole = {held[a] for a in given}
        values = {r: r.decode([given.get(r.address + i, 0) for i in range(r.words)], self.order) for r in whole}
        if what.set_speed in values:
            self.set_rpm = values[what.set_speed]
            self._fed_s = now_s
        if what.watchdog is not None:
            self.watchdog_s = values.get(what.watchdog.time, self.watchdog_s)
            self.watchdog_action = int(values.get(what.watchdog.action, self.watchdog_action))
        if what.control in values:
            self._fed_s = now_s
            ran = self.profile.driven
            if self.remote:
                self.profile.command(int(values[what.control]))
            self.starts += self.profile.driven and not ran
