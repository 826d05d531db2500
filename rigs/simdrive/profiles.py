"""How a drive answers to control words: one class a profile, each a small state machine. Bits and sources: docs/drives.md."""

from __future__ import annotations

from typing import ClassVar, Protocol


class Profile(Protocol):
    """`driven`: the motor follows the reference; `coasting`: the output stage is off. `codes`: fault names to numbers."""

    codes: ClassVar[dict[str, int]]

    @property
    def driven(self) -> bool: ...
    @property
    def coasting(self) -> bool: ...
    @property
    def in_fault(self) -> bool: ...
    def command(self, word: int) -> None: ...
    def trip(self) -> None: ...
    def release(self, given: bool) -> None:
        """The enable input at the terminals; without it nothing turns."""

    def status(self, at_speed: bool, remote: bool, warning: bool) -> int: ...


class _Common:
    def __init__(self) -> None:
        self.word = 0
        self.in_fault = False
        self.released = True

    def trip(self) -> None:
        self.in_fault = True

    def release(self, given: bool) -> None:
        self.released = given

    def _rising(self, word: int, bit: int) -> bool:
        return bool(word >> bit & 1 and not self.word >> bit & 1)


class AbbDrives(_Common):
    """ABB Drives profile: OFF1 to OFF3, operation inhibit, ramp bits; state diagram of the ACS880 manual, EFB chapter."""

    codes: ClassVar[dict[str, int]] = {
        "overcurrent": 0x2310,
        "overvoltage": 0x3210,
        "overtemperature": 0x4210,
        "blocked": 0x7121,
        "watchdog": 0x6681,
    }

    def __init__(self) -> None:
        super().__init__()
        self.inhibited = True  # SWITCH-ON INHIBITED until OFF1 = 0 with OFF2 = OFF3 = 1
        self.ready = False  # READY TO OPERATE
        self.enabled = False  # OPERATION ENABLED

    @property
    def driven(self) -> bool:
        return self.enabled and self.word & 0x70 == 0x70 and not self.in_fault

    @property
    def coasting(self) -> bool:
        return self.in_fault or not self.released or not self.word >> 1 & 1

    def command(self, word: int) -> None:
        if not word >> 10 & 1:  # REMOTE_CMD off: only the OFF bits count
            word = self.word & ~0x7 | word & self.word & 0x7
        if self._rising(word, 7):
            self.in_fault, self.inhibited = False, True
        off1, offs = word & 1, word & 0x6 == 0x6
        if self.in_fault or not offs or not self.released:
            self.inhibited, self.ready, self.enabled = True, False, False
        elif not off1:
            self.inhibited = self.ready = self.enabled = False
        elif not self.inhibited:
            self.ready = True
            self.enabled = bool(word >> 3 & 1)
        self.word = word

    def status(self, at_speed: bool, remote: bool, warning: bool) -> int:
        word, up = self.word, not self.inhibited and not self.in_fault
        bits = (up, up and self.ready, up and self.enabled, self.in_fault, word >> 1 & 1, word >> 2 & 1, self.inhibited, warning,
                self.driven and at_speed, remote, False, False, self.released)  # fmt: skip
        return sum(bool(bit) << i for i, bit in enumerate(bits))


class DanfossFC(_Common):
    """FC profile of the VLT drives: coast, quick stop, hold, start, reset, data valid; FC 360 design guide."""

    codes: ClassVar[dict[str, int]] = {
        "overcurrent": 0x20,
        "overvoltage": 0x800,
        "overtemperature": 0x2,
        "blocked": 0x40,
        "watchdog": 0x10,
    }

    def __init__(self) -> None:
        super().__init__()
        self.started = False
        self.start_void = False  # a start that was there when a trip was reset counts only after it has gone

    @property
    def driven(self) -> bool:
        return self.started and not self.coasting

    @property
    def coasting(self) -> bool:
        return self.in_fault or not self.released or not self.word >> 3 & 1

    def command(self, word: int) -> None:
        if not word >> 10 & 1:  # data not valid: the word is ignored
            return
        start = bool(word >> 6 & 1)
        if self._rising(word, 7):
            self.in_fault, self.start_void = False, start
        self.start_void = self.start_void and start
        free = word & 0x1C == 0x1C  # no DC brake, no coast, no quick stop
        self.started = start and free and not self.start_void and not self.in_fault and self.released
        self.word = word

    def status(self, at_speed: bool, remote: bool, warning: bool) -> int:
        ready = not self.in_fault and self.released
        bits = (True, ready, ready and self.word >> 3 & 1, self.in_fault, False, False, False, warning, self.driven and at_speed,
                remote, True, self.driven)  # fmt: skip
        return sum(bool(bit) << i for i, bit in enumerate(bits))


class CiA402(_Common):
    """CiA 402 (IEC 61800-7-201): switch on disabled, ready to switch on, switched on, operation enabled, fault."""

    codes: ClassVar[dict[str, int]] = {
        "overcurrent": 0x2310,
        "overvoltage": 0x3210,
        "overtemperature": 0x4210,
        "blocked": 0x7121,
        "watchdog": 0x8130,
    }
    DISABLED, READY, ON, ENABLED = 0x40, 0x21, 0x23, 0x27

    def __init__(self) -> None:
        super().__init__()
        self.state = self.DISABLED

    @property
    def driven(self) -> bool:
        return self.state == self.ENABLED and not self.in_fault

    @property
    def coasting(self) -> bool:
        return self.in_fault or not self.released or not self.word >> 1 & 1

    def command(self, word: int) -> None:
        if self.in_fault:
            if self._rising(word, 7):
                self.in_fault, self.state = False, self.DISABLED
        elif not word & 0x2 or not word & 0x4 or not self.released:  # disable voltage, quick stop
            self.state = self.DISABLED
        elif word & 0x7 == 0x6:  # shut down
            self.state = self.READY
        elif word & 0xF == 0x7:  # switch on, disable operation
            self.state = self.ON if self.state != self.DISABLED else self.DISABLED
        elif word & 0xF == 0xF and self.state in (self.ON, self.ENABLED):  # one step a word: ready does not leap to enabled
            self.state = self.ENABLED
        self.word = word

    def trip(self) -> None:
        self.in_fault, self.state = True, self.DISABLED

    def status(self, at_speed: bool, remote: bool, warning: bool) -> int:
        word = 0x8 if self.in_fault else self.state
        return word | 0x10 | warning << 7 | remote << 9 | (self.driven and at_speed) << 10


PROFILES: dict[str, type[AbbDrives | DanfossFC | CiA402]] = {
    "abb-drives": AbbDrives, "danfoss-fc": DanfossFC, "cia-402": CiA402,
}  # fmt: skip
