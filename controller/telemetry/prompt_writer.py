"""What the embedded broker writes to one client with: it never waits for a client, and never keeps more for it than a bound.

amqtt waits for each client with one task a message; a client that does not read would have them pile up without end.
"""

from __future__ import annotations

import asyncio
import socket
import ssl

from amqtt.adapters import WriterAdapter

ENOUGH_BYTES = 1 << 18  # waiting for a client: from here on messages of QoS 0 are left out
TOO_MUCH_BYTES = 1 << 22  # from here on the client is cut off
PUBLISH = 3  # packet type, upper half of the first byte; QoS in bits 1 and 2 of the lower


class PromptWriter(WriterAdapter):  # type: ignore[misc]  # amqtt brings no types
    """Adapter of amqtt; every call of `write` carries one packet."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self.left_out = 0
        connection = writer.get_extra_info("socket")
        if connection is not None and connection.family in (socket.AF_INET, socket.AF_INET6):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def write(self, data: bytes) -> None:
        transport = self._writer.transport
        if transport.is_closing():
            return
        waiting = transport.get_write_buffer_size()
        if waiting > ENOUGH_BYTES and data[0] >> 4 == PUBLISH and data[0] & 0b110 == 0:
            self.left_out += 1
        elif waiting > TOO_MUCH_BYTES:
            transport.abort()
        else:
            self._writer.write(data)

    async def drain(self) -> None:
        """Returns at once: the bound above stands in for waiting."""

    def get_peer_info(self) -> tuple[str, int] | None:
        peer = self._writer.get_extra_info("peername")
        return (str(peer[0]), int(peer[1])) if peer else None

    def get_ssl_info(self) -> ssl.SSLObject | None:
        return None

    async def close(self) -> None:
        """What is waiting still goes out, in its own time; a client that does not take it loses the connection."""
        transport = self._writer.transport
        if transport.get_write_buffer_size() > ENOUGH_BYTES:
            transport.abort()
        else:
            self._writer.close()
