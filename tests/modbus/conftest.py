"""A simulated drive in a thread of its own, and a pump drive of ours that talks to it over real sockets and pseudo-terminals."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from controller.config import load_drive
from rigs.composite import CompositeRig
from rigs.hand import Hand
from rigs.modbus.description import Description
from rigs.modbus.pump_drive import PumpDrive
from rigs.simdrive.line import Line
from rigs.simdrive.server import Server
from rigs.simdrive.simulated import SimulatedDrive

PATIENCE_S = 20.0  # for something to happen on a shared machine; never a bound that is tested
GOOD, STALE, DRIVER = 0, 2, 3


def description(name: str = "generic") -> Description:
    return Description.of(load_drive(name).model_dump())


class Served:
    """A server in a thread; `start` and `stop` may be called again, on the same port."""

    def __init__(self, loop: asyncio.AbstractEventLoop, name: str, serial: bool, **options: Any) -> None:
        self._loop, self._serial, self._options = loop, serial, options
        self.what = description(name)
        self.port = 0
        self.line = Line()
        self.start()

    def _do(self, coroutine: Any) -> None:
        asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(10.0)

    def start(self) -> None:
        """A drive that has just been switched on."""
        self.drive = SimulatedDrive(self.what, ramp_rpm_s=self.what.highest_rpm * 10.0, **self._options)
        self.server = Server(self.drive, self.line)
        self._do(self.server.start_serial() if self._serial else self.server.start_tcp(self.port))
        if self.server.tcp is not None:
            self.port = int(self.server.tcp.rpartition(":")[2])

    def stop(self) -> None:
        self._do(self.server.stop())

    @property
    def connection(self) -> dict[str, Any]:
        return {"serial": self.server.serial} if self._serial else {"tcp": f"127.0.0.1:{self.port}"}


class Bench:
    """The pump drive as a rig, moved by hand."""

    def __init__(
        self, connection: dict[str, Any], name: str = "generic", *, safe_rpm: float = 0.0, poll_hz: float | None = None
    ) -> None:
        self.what = description(name)
        outputs = {"speed": ("pump_speed_rpm", safe_rpm), "enable": ("pump_enable", float(safe_rpm > 0.0))}
        inputs = {"speed": "pump_speed_rpm", "current": "pump_current_A"}
        self.drive = PumpDrive("left", load_drive(name).model_dump(), connection | {"poll_hz": poll_hz}, inputs, outputs, 0.0)
        self.rig = CompositeRig(None, [self.drive])
        self.hand = Hand(self.rig)
        self.asked: dict[str, float] = {"pump_speed_rpm": 0.0, "pump_enable": 0.0}
        self.frames: list[tuple[int, float, float]] = []  # quality, age, speed of every read
        from cext.tables.load import inputs as table

        self._index = [s.path for s in table()].index("in.pump_speed_rpm")

    def ask(self, speed_rpm: float, enable: bool) -> None:
        self.asked = {"pump_speed_rpm": speed_rpm, "pump_enable": float(enable)}

    def tick(self) -> tuple[int, float, float]:
        code, frame = self.hand.read()
        assert code == 0
        self.hand.write(**self.asked)
        seen = (int(frame["quality"][self._index]), float(frame["age_s"][self._index]), float(frame["in.pump_speed_rpm"]))
        self.frames.append(seen)
        return seen

    def until(self, wanted: Callable[[], object], why: str) -> None:
        """Ticks until `wanted()`; fails after PATIENCE_S."""
        end_s = time.monotonic() + PATIENCE_S
        while not wanted():
            assert time.monotonic() < end_s, (
                f"{why}: not within {PATIENCE_S} s; {self.drive.complaints()}, {self.drive.header()}"
            )
            self.tick()
            time.sleep(0.002)

    def until_good(self) -> None:
        self.until(lambda: self.tick()[0] == GOOD, "a good reply")

    def exchanges(self, count: int) -> None:
        """Lets this many more good exchanges happen."""
        before = self.drive.header()["exchanges"]
        self.until(lambda: self.drive.header()["exchanges"] >= before + count, f"{count} more exchanges")

    @property
    def quality(self) -> int:
        return self.tick()[0]

    def state(self) -> str:
        return str(self.drive.header()["state"])


@pytest.fixture
def event_loop_thread() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield loop

    async def end() -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run_coroutine_threadsafe(end(), loop).result(10.0)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture
def serve(event_loop_thread: asyncio.AbstractEventLoop) -> Iterator[Callable[..., Served]]:
    made: list[Served] = []

    def make(name: str = "generic", serial: bool = False, **options: Any) -> Served:
        made.append(Served(event_loop_thread, name, serial, **options))
        return made[-1]

    yield make
    for served in made:
        served.stop()


@pytest.fixture
def bench() -> Iterator[Callable[..., Bench]]:
    made: list[Bench] = []

    def make(connection: dict[str, Any], name: str = "generic", **options: Any) -> Bench:
        made.append(Bench(connection, name, **options))
        made[-1].rig.open()
        return made[-1]

    yield make
    for one in made:
        one.rig.close()
