"""The thread of one drive: connects, exchanges, reports, and connects again; at the drive's pace, never at the tick's."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from rigs.mailbox import Mailbox
from rigs.modbus.drive import Drive, Measured, Order
from rigs.modbus.pace import Pace
from rigs.modbus.port import BusError, Port

FIRST_BACK_OFF_S, LONGEST_BACK_OFF_S = 0.1, 2.0
NAP_S = 0.002  # how often a waiting thread looks for an order that must not wait
CLOSING_EXCHANGES = 3
JUMP = 0.1  # share of the set speed by which a new one is not kept waiting


class Time(Protocol):
    """What the thread lives in: real time, or rigs.lockstep.Lockstep."""

    def now_s(self) -> float: ...
    def sleep_until(self, t_s: float, end: threading.Event) -> None: ...


class RealTime:
    def now_s(self) -> float:
        return time.monotonic()

    def sleep_until(self, t_s: float, end: threading.Event) -> None:
        end.wait(max(t_s - time.monotonic(), 0.0))


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of the requests since the start."""

    connections: int = 0
    exchanges: int = 0
    failures: int = 0


class Bus:
    """Owns the thread. The tick sees the mailbox and nothing else.

    Args:
        drive: what to say.
        make_port: a new, closed port.
        mailbox: orders out of it, measured values into it.
        inputs: channel of each quantity that is measured and wired.
        outputs: channels of set speed and enable.
        asked_hz: exchanges a second at most.
        lost_s: without a good reply for this long the connection is given up and made anew.
        time: that the drive lives in.
    """

    def __init__(
        self,
        drive: Drive,
        make_port: Callable[[], Port],
        mailbox: Mailbox,
        inputs: Mapping[str, str],
        outputs: tuple[str, str],
        asked_hz: float,
        lost_s: float,
        time: Time,
    ) -> None:
        self._time = time
        self._drive = drive
        self._make_port = make_port
        self._mailbox = mailbox
        self._inputs = dict(inputs)
        self._speed, self._enable = outputs
        self._enabled = False  # as last seen
        self._edges = 0  # rising edges of enable that the tick has made
        self._lost_s = lost_s
        self.pace = Pace(asked_hz)
        self.counts = Counts()
        self.why = "not connected yet"  # of the last failure; "" while the drive answers
        self._port: Port | None = None
        self._end = threading.Event()
        self._clear = threading.Event()
        self.answered = threading.Event()  # a first good reply has come
        self._replied_s = -math.inf
        self._connected_s = -math.inf
        self.said: tuple[str, ...] = ()  # the drive's complaints after the newest exchange
        self.state = drive.state
        self._thread = threading.Thread(target=self._run, name=f"mockloop-{drive.what.name}", daemon=False)

    def start(self) -> None:
        self._thread.start()

    def clear_faults(self) -> None:
        self._clear.set()

    def close(self) -> None:
        """Puts the last order (make_safe) out, as far as the bus allows, and ends the thread: two reply times-out at most."""
        self._end.set()
        if self._thread.is_alive():
            self._thread.join()

    @property
    def age_s(self) -> float:
        """Since the last good reply; infinite before the first."""
        return self._time.now_s() - self._replied_s

    # -- the thread

    def _ending(self) -> bool:
        # the interpreter waits for this thread when it leaves without close(): then the drive is made safe by silence
        return self._end.is_set() or not threading.main_thread().is_alive()

    def _sleep(self, seconds: float) -> None:
        self._time.sleep_until(self._time.now_s() + seconds, self._end)

    def _run(self) -> None:
        back_off_s = FIRST_BACK_OFF_S
        while not self._ending():
            if self._port is None:
                if self._connect():
                    back_off_s = FIRST_BACK_OFF_S
                else:
                    self._sleep(back_off_s)
                    back_off_s = min(2.0 * back_off_s, LONGEST_BACK_OFF_S)
                continue
            began_s = self._time.now_s()
            good = self._exchange()
            if self._port is None:
                self._sleep(FIRST_BACK_OFF_S)
            elif good:
                self._wait(began_s + self.pace.period_s)
            else:
                self._sleep(min(self._drive.what.turnaround_s, FIRST_BACK_OFF_S))
        for _ in range(CLOSING_EXCHANGES):  # SAFETY: the last words are the safe values, whatever the tick last asked for
            if self._port is not None and self._exchange(Order()):
                break
        self._disconnect()

    def _connect(self) -> bool:
        port = self._make_port()
        try:
            port.open()
        except BusError as error:
            self._failed(error)
            return False
        self._port = port
        self._drive.connected(self._order())
        self._connected_s = self._time.now_s()
        self.counts = Counts(self.counts.connections + 1, self.counts.exchanges, self.counts.failures)
        return True

    def _disconnect(self) -> None:
        if self._port is not None:
            self._port.close()
            self._port = None

    def _exchange(self, order: Order | None = None) -> bool:
        """One exchange. False where it failed; the port is gone then where the connection is not worth keeping."""
        assert self._port is not None
        if self._clear.is_set():
            self._clear.clear()
            self._drive.clear()
        began_s = self._time.now_s()
        try:
            found = self._drive.exchange(self._port, order or self._order(), began_s)
        except BusError as error:
            self._failed(error)
            silent_s = self._time.now_s() - max(self._replied_s, self._connected_s)
            if error.closed or silent_s > self._lost_s:
                self._disconnect()
            else:
                self._port.drain()
            return False
        self._replied_s = self._time.now_s()
        self.pace.measured(self._replied_s - began_s)
        self.counts = Counts(self.counts.connections, self.counts.exchanges + 1, self.counts.failures)
        self.why = ""
        self.said, self.state = self._drive.complaints, self._drive.state
        self._report(found)
        self.answered.set()
        return True

    def _failed(self, error: BusError) -> None:
        self.why = str(error)
        self.said, self.state = self._drive.complaints, self._drive.state
        self.counts = Counts(self.counts.connections, self.counts.exchanges, self.counts.failures + 1)

    def _report(self, found: Measured) -> None:
        values = {"speed": found.speed_rpm, "current": found.current_A, "flow": found.flow_L_min}
        self._mailbox.post({channel: values[quantity] for quantity, channel in self._inputs.items()}, found.bad)

    def _order(self) -> Order:
        """The newest order of the tick, and how often its enable has risen.

        An order of make_safe is followed, and is no edge: it starts nothing. An edge that is too short to be seen at
        the bus's pace is none either.
        """
        wanted = self._mailbox.asked()
        if wanted is None:
            return Order()
        enable = wanted.outputs[self._enable] > 0.5
        if not wanted.safe:
            self._edges += enable and not self._enabled
            self._enabled = enable
        return Order(wanted.outputs[self._speed], enable, self._edges, wanted.age_s)

    def _wait(self, until_s: float) -> None:
        """Sleeps until the next exchange is due; an order to be safe, to start or to stop is not kept waiting."""
        before = self._order()
        while (left_s := until_s - self._time.now_s()) > 0.0 and not self._ending():
            now = self._order()
            if now.enable != before.enable or now.edges != before.edges or _urgent(before.speed_rpm, now.speed_rpm):
                return
            self._sleep(min(left_s, NAP_S))


def _urgent(before_rpm: float, now_rpm: float) -> bool:
    """A jump rather than a ramp: what a trip puts out."""
    return math.isfinite(now_rpm) and abs(now_rpm - before_rpm) > JUMP * max(abs(before_rpm), 1.0)
