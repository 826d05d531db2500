"""A pump drive on Modbus as a device on a bus: what rigs/composite takes, and by itself the rig of kind ``modbus``.

The tick meets the mailbox only. How old the newest good reply is, is the age of every channel. make_safe puts the declared safe
values into the mailbox and the thread sends them before anything else; what it cannot do is reach a drive behind a bus that is
cut: that is what the drive's own watchdog is for, and arming asks whether it is on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from rigs.mailbox import Mailbox
from rigs.modbus.bus import Bus, RealTime, Time
from rigs.modbus.description import Description
from rigs.modbus.drive import Drive
from rigs.modbus.port import Connection, Port

MEASURED = {"speed": "pump_speed_rpm", "current": "pump_current_A", "flow": "pump_flow_L_min"}
DRIVEN = {"speed": "pump_speed_rpm", "enable": "pump_enable"}
LATE = 0.8  # of the same: from here on the age is said; the bench trips a few ticks before the drive counts as lost
PATIENCE = 0.4  # of the time after which the drive is lost: one missed reply is no lost drive


class PumpDrive:
    """One pump drive.

    Args:
        name: of the drive in the bench file, for messages.
        file: tables of a checked drive file (configs/drives/*.toml).
        connection: ``tcp`` = ``host:port`` or ``serial`` = device file; ``unit``; ``poll_hz``, ``baud``, ``parity`` and
            ``stop_bits`` go before those of the drive file.
        inputs: channel of each quantity that is wired (speed, current, flow).
        outputs: channel and safe value of each quantity that is wired (speed, enable; both are needed).
        patience_s: how long `open` waits for the first good reply; 0: not at all, a drive that is off shows as age.

    Raises:
        ValueError: a quantity that the drive file does not have.
    """

    def __init__(
        self,
        name: str,
        file: Mapping[str, Any],
        connection: Mapping[str, Any],
        inputs: Mapping[str, str],
        outputs: Mapping[str, tuple[str, float]],
        patience_s: float = 2.0,
    ) -> None:
        what = self._what = Description.of(file)
        if unknown := [quantity for quantity in inputs if quantity not in what.read or quantity not in MEASURED]:
            raise ValueError(f"drive {name}: {what.name} does not measure {', '.join(unknown)}")
        if set(outputs) != set(DRIVEN):
            raise ValueError(f"drive {name}: is driven by {', '.join(outputs) or 'nothing'}, it needs {' and '.join(DRIVEN)}")
        given = {key: value for key, value in connection.items() if value is not None}
        self._connection = Connection(
            given.get("unit", 1), given.get("tcp"), given.get("serial"), given.get("baud", what.baud),
            given.get("parity", what.parity), given.get("stop_bits", what.stop_bits),
        )  # fmt: skip
        self.name = name
        self._patience_s = patience_s
        self._asked_hz = min(given.get("poll_hz", what.poll_hz), what.poll_hz)
        self._inputs, self._outputs = dict(inputs), dict(outputs)
        self.mailbox = Mailbox(list(inputs.values()), dict(outputs.values()))
        self._bus: Bus | None = None
        self._time: Time = RealTime()
        self._timeout_s = PATIENCE * what.lost_s

    @property
    def measured(self) -> dict[str, str]:
        """Channel of each quantity that is wired."""
        return dict(self._inputs)

    @property
    def driven(self) -> dict[str, str]:
        """Channels of speed and enable."""
        return {quantity: channel for quantity, (channel, _) in self._outputs.items()}

    def _at(self, tcp: str) -> None:
        """The drive is there now."""
        self._connection = replace(self._connection, tcp=tcp)

    def open(self) -> None:
        """Starts the thread that connects, and waits for the first good reply. Raises OSError with what failed."""
        what, connection = self._what, self._connection
        (speed, safe_rpm), (enable, safe_enable) = self._outputs["speed"], self._outputs["enable"]
        drive = Drive(what, safe_rpm, safe_enable > 0.5)
        self._bus = Bus(
            drive, lambda: Port(connection, self._timeout_s), self.mailbox, self._inputs, (speed, enable),
            self._asked_hz, what.lost_s, self._time,
        )  # fmt: skip
        self._bus.start()
        if self._patience_s and not self._bus.answered.wait(self._patience_s):
            why = self._bus.why
            self._bus.close()
            raise OSError(f"pump drive {self.name} ({what.name}) does not answer: {why}")

    def close(self) -> None:
        """Safe values out as far as the bus allows, thread ended, connection closed. A pump that stands stays so. Idempotent."""
        if self._bus is not None:
            self._bus.close()

    def in_virtual_time(self) -> None:
        """Raises ValueError: a drive lives in real time."""
        raise ValueError(f"pump drive {self.name}: a bench with drives on a bus runs in real time only: leave out --fast")

    def explain(self, code: int) -> str:
        """A drive posts no error codes: what is wrong with it is in `complaints`, and its channels turn bad."""
        return ""

    def complaints(self) -> list[str]:
        """What speaks against arming, in words: the drive lost, in fault, in local mode, without watchdog …"""
        if self._bus is None:
            return []
        who = f"pump drive {self.name} ({self._what.name} at {self._connection})"
        found = [f"{who}: {text}" for text in self._bus.said]
        age_s = self._bus.age_s
        if age_s > LATE * self._what.lost_s:
            since = f"for {age_s:.1f} s" if age_s < 1e9 else "yet"
            found.insert(0, f"{who}: no good reply {since} (lost after {self._what.lost_s:g} s): {self._bus.why}")
        return found

    def clear_faults(self) -> None:
        """A person's reset: a fault of the drive is reset where its cause has gone. Starts nothing."""
        if self._bus is not None:
            self._bus.clear_faults()

    def header(self) -> dict[str, Any]:
        """What was found on the bus and how it answers; times in s."""
        found: dict[str, Any] = {"name": self.name, "drive": self._what.name, "connection": str(self._connection)}
        if self._bus is not None:
            counts, pace = self._bus.counts, self._bus.pace
            found |= {"state": self._bus.state, "turnaround_s": pace.turnaround_s, "poll_hz": 1.0 / pace.period_s}
            found |= {"connections": counts.connections, "exchanges": counts.exchanges, "failures": counts.failures}
        return found
