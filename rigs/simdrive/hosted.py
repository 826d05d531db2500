"""A simulated drive within a simulated bench: its server in a thread, and the pump drive of ours that talks to it over a socket."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from rigs.lockstep import Lockstep
from rigs.modbus.description import Description
from rigs.modbus.pump_drive import PumpDrive
from rigs.simdrive.line import Line
from rigs.simdrive.server import Server
from rigs.simdrive.shaft import Shaft
from rigs.simdrive.simulated import SimulatedDrive

LOOK_S = 0.02  # how often a drive that nobody asks looks at its own watchdog, in real time
VIRTUAL_TIMEOUT_S = 1.0  # real time for a reply while virtual time stands still
CALL_S = 10.0


class HostedDrive:
    """A simulated drive on a TCP port of its own. `drive`, `line` and `server` are its parts, new at every start.

    Args:
        what: the drive file.
        shaft: what it turns.
    """

    def __init__(self, what: Description, shaft: Shaft) -> None:
        self.what, self.shaft, self.line = what, shaft, Line()
        self.drive = SimulatedDrive(what, shaft=shaft)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._looking: asyncio.Task[None] | None = None
        self.server: Server | None = None

    def start(self, now_s: Callable[[], float], unit: int) -> str:
        """Serves on a free port; returns ``host:port``. `now_s`: the time that the drive lives in."""
        self.shaft.turn(0.0, False)
        self.drive = SimulatedDrive(self.what, shaft=self.shaft)
        self.server = Server(self.drive, self.line, unit, now_s)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=f"SIMULATED {self.what.name}", daemon=True)
        self._thread.start()
        self._do(self.server.start_tcp(0))
        if now_s is time.monotonic:
            self._do(self._begin_looking())
        assert self.server.tcp is not None
        return self.server.tcp

    def stop(self) -> None:
        """Switched off: nobody answers any more, the shaft stands. Idempotent."""
        if self._loop is None or self._thread is None or self.server is None:
            return
        self._do(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._loop = self._thread = self.server = None
        self.shaft.turn(0.0, False)

    def _do(self, operation: Coroutine[Any, Any, None]) -> None:
        assert self._loop is not None
        asyncio.run_coroutine_threadsafe(operation, self._loop).result(CALL_S)

    async def _begin_looking(self) -> None:
        self._looking = asyncio.ensure_future(self._look())

    async def _look(self) -> None:
        while True:
            self.drive.advance(time.monotonic())
            await asyncio.sleep(LOOK_S)

    async def _end(self) -> None:
        assert self.server is not None
        if self._looking is not None:
            self._looking.cancel()
            self._looking = None
        await self.server.stop()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)


class SimulatedPumpDrive(PumpDrive):
    """A pump drive of ours and the simulated one that it talks to; in virtual time they live in the turns of the tick.

    Args: as of PumpDrive, without where the drive is. `shaft`: what the simulated drive turns.
    """

    def __init__(
        self,
        name: str,
        file: Mapping[str, Any],
        connection: Mapping[str, Any],
        inputs: Mapping[str, str],
        outputs: Mapping[str, tuple[str, float]],
        shaft: Shaft,
    ) -> None:
        super().__init__(name, file, {**connection, "tcp": "127.0.0.1:0"}, inputs, outputs)
        self.hosted = HostedDrive(self._what, shaft)

    def in_virtual_time(self) -> None:
        """From now on time passes as the tick says."""
        steps = Lockstep()
        self.mailbox.live_in(steps)
        self._time, self._timeout_s = steps, VIRTUAL_TIMEOUT_S

    def open(self) -> None:
        """Switches the simulated drive on, and connects to it. Raises OSError."""
        now_s = time.monotonic if self.mailbox.steps is None else self.mailbox.steps.now_s
        self._at(self.hosted.start(now_s, self._connection.unit))
        try:
            super().open()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        if self.mailbox.steps is not None:
            self.mailbox.steps.end()
        super().close()
        self.hosted.stop()

    def header(self) -> dict[str, Any]:
        return {"simulated": "SIMULATED drive"} | super().header()
