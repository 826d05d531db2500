"""A simulated drive on TCP or on a pseudo-terminal: pymodbus answers, the drive says what."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from rigs.simdrive.line import Line
from rigs.simdrive.pseudo_terminal import PseudoTerminal
from rigs.simdrive.simulated import IllegalAddress, SimulatedDrive

if TYPE_CHECKING:
    from pymodbus.constants import ExcCodes
    from pymodbus.server import ModbusSerialServer, ModbusTcpServer

READS = (3, 4)  # function codes
LOOPBACK = "127.0.0.1"


class Server:
    """One drive under one unit address. `tcp` (``host:port``) or `serial` (a device file) says where, once it has started.

    `now_s`: the time that the drive lives in.
    """

    def __init__(self, drive: SimulatedDrive, line: Line, unit: int = 1, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self.drive, self.line, self.unit = drive, line, unit
        self.tcp: str | None = None
        self.serial: str | None = None
        self.requests = 0
        self._server: ModbusTcpServer | ModbusSerialServer | None = None
        self._pty: PseudoTerminal | None = None
        logger = logging.getLogger("pymodbus.logging")  # what a client does wrong is the client's to say
        logger.addHandler(logging.NullHandler())
        logger.propagate = False

    async def start_tcp(self, port: int, host: str = LOOPBACK) -> None:
        """Listens; port 0 takes a free one. Raises OSError where the port is taken."""
        from pymodbus.server import ModbusTcpServer

        server = ModbusTcpServer(self._device(), address=(host, port), trace_packet=self.line.tcp)
        try:
            await server.serve_forever(background=True)
        except RuntimeError:
            raise OSError(98, f"port {port} of {host} cannot be listened on: is another server there?") from None
        listening: Any = server.transport
        found = listening.sockets[0].getsockname()
        self._server, self.tcp = server, f"{found[0]}:{found[1]}"

    async def start_serial(self) -> None:
        """Opens a pseudo-terminal of the drive's own baud rate."""
        from pymodbus.server import ModbusSerialServer

        self._pty = PseudoTerminal(self.drive.what.baud)
        self._pty.open()
        # a pseudo-terminal carries bytes, not parity bits: the line settings play no part
        server = ModbusSerialServer(
            self._device(),
            port=self._pty.inner,
            baudrate=self.drive.what.baud,
            trace_packet=self.line.rtu,
            ignore_missing_devices=True,
        )
        await server.serve_forever(background=True)
        self._server, self.serial = server, self._pty.outer

    async def stop(self) -> None:
        if self._server is not None:
            await self._server.shutdown()  # type: ignore[no-untyped-call]
            self._server = None
        if self._pty is not None:
            self._pty.close()
            self._pty = None

    def _device(self) -> Any:
        from pymodbus.simulator import DataType, SimData, SimDevice

        addresses = sorted(self.drive.registers())
        runs: list[list[int]] = []
        for address in addresses:
            if runs and address == runs[-1][0] + runs[-1][1]:
                runs[-1][1] += 1
            else:
                runs.append([address, 1])
        data = [SimData(first, values=[0] * count, datatype=DataType.REGISTERS) for first, count in runs]
        return SimDevice(id=self.unit, simdata=data, action=self._action)

    async def _action(
        self, function: int, first: int, address: int, count: int, held: list[int], given: list[int] | list[bool] | None
    ) -> ExcCodes | None:
        from pymodbus.constants import ExcCodes

        self.requests += 1
        if self.line.latency_s > 0.0:
            time.sleep(self.line.latency_s)  # the whole drive is slow: it does one thing after the other
        now_s = self._now_s()
        self.drive.advance(now_s)
        if self.line.wants("exception"):
            return ExcCodes(self.line.exception_code)
        if given is not None:
            try:
                self.drive.write(address, [int(word) for word in given], now_s)
            except IllegalAddress:
                return ExcCodes.ILLEGAL_ADDRESS
        now = self.drive.registers()
        for i in range(address, address + count):
            held[i - first] = now[i]
        if given is not None:  # what stands after the write, as a drive would read back
            given[:] = held[address - first : address - first + len(given)]  # type: ignore[assignment]
        return None
