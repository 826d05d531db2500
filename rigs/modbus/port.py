"""The wire: pymodbus, one request at a time, every failure one exception with words. Nothing here retries or reconnects."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pymodbus.client import ModbusSerialClient, ModbusTcpClient
    from pymodbus.pdu import ModbusPDU

PSEUDO_TERMINALS = Path("/dev/pts")  # carry bytes, no parity bits: the kernel refuses to set any
PARITY = {"none": "N", "even": "E", "odd": "O"}
# Modbus application protocol V1.1b3, section 7
EXCEPTIONS = {
    1: "illegal function", 2: "illegal data address", 3: "illegal data value", 4: "device failure", 5: "acknowledge, busy",
    6: "device busy", 8: "memory parity error", 10: "gateway path unavailable", 11: "gateway: no device answered",
}  # fmt: skip


class _Heard(logging.Handler):
    """Keeps the library's last words of each thread; pymodbus says only there why a connection failed.

    It says the same thing once only, then ``Repeating....``: what was said last still holds.
    """

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.words: dict[int, str] = {}

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage().partition("\n")[0]  # telegrams follow
        if not text.startswith("Repeating"):
            self.words[threading.get_ident()] = text

    def last(self) -> str:
        return self.words.get(threading.get_ident(), "")


_HEARD = _Heard()


def _listen() -> None:
    """Every failure is told by us, once, in our words: the library's log goes nowhere else."""
    logger = logging.getLogger("pymodbus.logging")
    if _HEARD not in logger.handlers:
        logger.addHandler(_HEARD)
        logger.setLevel(logging.ERROR)
        logger.propagate = False


class BusError(Exception):
    """A request that brought no good reply. `closed`: the connection is gone, too."""

    def __init__(self, text: str, *, closed: bool = False) -> None:
        super().__init__(text)
        self.closed = closed


@dataclass(frozen=True, slots=True)
class Connection:
    """Where the drive is: `tcp` = ``host:port``, or `serial` = a device file with its line settings; `unit` its address."""

    unit: int
    tcp: str | None = None
    serial: str | None = None
    baud: int = 19200
    parity: str = "even"
    stop_bits: int = 1

    def __str__(self) -> str:
        where = self.tcp or f"{self.serial} ({self.baud} baud, parity {self.parity})"
        return f"{where}, unit {self.unit}"


class Port:
    """An open line to one drive.

    Args:
        connection: where.
        timeout_s: patience with one reply; with a line full of noise at most twice that.
    """

    def __init__(self, connection: Connection, timeout_s: float) -> None:
        _listen()
        self._connection = connection
        self._timeout_s = timeout_s
        self._client: ModbusTcpClient | ModbusSerialClient | None = None

    def open(self) -> None:
        """Connects. Raises BusError."""
        from pymodbus.client import ModbusSerialClient, ModbusTcpClient

        where = self._connection
        common: dict[str, Any] = {"timeout": self._timeout_s, "retries": 0}
        client: ModbusTcpClient | ModbusSerialClient
        if where.tcp is not None:
            host, _, port = where.tcp.rpartition(":")
            client = ModbusTcpClient(host.strip("[]"), port=int(port), **common)
        else:
            assert where.serial is not None
            pseudo = Path(where.serial).resolve().parent == PSEUDO_TERMINALS
            parity = "N" if pseudo else PARITY[where.parity]
            client = ModbusSerialClient(where.serial, baudrate=where.baud, parity=parity, stopbits=where.stop_bits, **common)
        if not client.connect():
            raise BusError(f"no connection to {where}: {_reason(_HEARD.last())}", closed=True)
        self._client = client

    def close(self) -> None:
        if self._client is not None:
            self._client.close()  # type: ignore[no-untyped-call]
            self._client = None

    def read(self, address: int, count: int) -> list[int]:
        """Holding registers (function 3). Raises BusError."""
        reply = self._ask(
            "read", address, lambda c: c.read_holding_registers(address, count=count, device_id=self._connection.unit)
        )
        words = list(getattr(reply, "registers", []))
        if len(words) != count:
            raise BusError(f"{self._connection}: register {address}: {len(words)} words came, {count} were asked for")
        return words

    def write(self, address: int, words: Sequence[int]) -> None:
        """Holding registers (function 16). Raises BusError."""
        self._ask("write", address, lambda c: c.write_registers(address, list(words), device_id=self._connection.unit))

    def drain(self) -> None:
        """Throws away what a late reply may have left, so that it is not taken for the next one."""
        if self._client is None:
            return
        line: Any = self._client.socket
        try:
            if self._connection.serial is not None:
                line.reset_input_buffer()
            else:
                line.setblocking(False)
                while line.recv(4096):
                    pass
        except OSError:
            pass  # nothing there; a dead line shows at the next request

    def _ask(self, what: str, address: int, request: Any) -> ModbusPDU:
        from pymodbus.exceptions import ModbusException

        client = self._client
        if client is None or not client.connected:  # pymodbus would connect again by itself, unseen
            raise BusError(f"{self._connection}: the connection is closed", closed=True)
        try:
            reply: ModbusPDU = request(client)
        except ModbusException as error:
            closed = not client.connected
            why = "the drive has closed the connection" if closed else _why(str(error), self._timeout_s)
            raise BusError(f"{self._connection}: {what} of register {address}: {why}", closed=closed) from error
        except (OSError, ValueError, IndexError, KeyError) as error:  # what the library lets through on garbage
            raise BusError(
                f"{self._connection}: {what} of register {address}: {error!r}", closed=not client.connected
            ) from error
        if reply.isError():
            code = int(getattr(reply, "exception_code", 0))
            raise BusError(
                f"{self._connection}: {what} of register {address} refused: exception {code}, {EXCEPTIONS.get(code, 'unknown')}"
            )
        return reply


def _reason(said: str) -> str:
    """The system's own words out of what the library logged."""
    return said.rpartition("failed: ")[2].strip() or "the library does not say why"


def _why(said: str, timeout_s: float) -> str:
    if "No response" in said:
        return f"no good reply within {timeout_s * 1e3:.0f} ms (nothing, garbage, or another unit answers)"
    return said.removeprefix("Modbus Error: ").strip()
