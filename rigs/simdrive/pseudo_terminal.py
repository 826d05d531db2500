"""A serial line without a cable: two pseudo-terminals and what flows between them at the pace of the line."""

from __future__ import annotations

import asyncio
import contextlib
import os
import tty

BITS_A_BYTE = 11  # start, eight, parity, stop
READ_BYTES = 4096


class PseudoTerminal:
    """`inner` is the end for the drive, `outer` the one for the master (a device file each); `baud` paces the bytes."""

    def __init__(self, baud: int) -> None:
        self._byte_s = BITS_A_BYTE / baud
        self._masters: list[int] = []
        self._slaves: list[int] = []
        for _ in range(2):
            master, slave = os.openpty()
            tty.setraw(slave)
            os.set_blocking(master, False)
            self._masters.append(master)
            self._slaves.append(slave)  # kept open: a line does not end when one side leaves
        self.inner, self.outer = (os.ttyname(slave) for slave in self._slaves)
        self._free_s = [0.0, 0.0]  # when each direction has sent all it has

    def open(self) -> None:
        """Starts passing bytes on (needs a running event loop)."""
        loop = asyncio.get_running_loop()
        for side in (0, 1):
            loop.add_reader(self._masters[side], self._pass_on, side, loop)

    def _pass_on(self, side: int, loop: asyncio.AbstractEventLoop) -> None:
        try:
            data = os.read(self._masters[side], READ_BYTES)
        except OSError:
            return
        self._free_s[side] = max(self._free_s[side], loop.time()) + len(data) * self._byte_s
        loop.call_at(self._free_s[side], self._deliver, 1 - side, data)

    def _deliver(self, side: int, data: bytes) -> None:
        if self._masters:
            with contextlib.suppress(OSError):  # nobody reads: the bytes are lost, as on a line
                os.write(self._masters[side], data)

    def close(self) -> None:
        loop = asyncio.get_running_loop()
        for fd in self._masters:
            loop.remove_reader(fd)
            os.close(fd)
        for fd in self._slaves:
            os.close(fd)
        self._masters, self._slaves = [], []
