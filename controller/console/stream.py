"""From the history ring to the viewers: a block every `EVERY_S`, of the newest frames where reading has fallen behind."""

from __future__ import annotations

import array
import asyncio
import os
import socket

from cext.ring import RingReader
from controller.console.block import block
from controller.console.viewers import Viewers

EVERY_S = 0.025
BACKLOG_FRAMES = 1000  # behind by more (virtual time, a pause): go on from the newest
MOST_FRAMES = 500  # of one block


class Stream:
    """Reads the ring that the supervisor hands over (a new one with every session) and fans blocks out."""

    def __init__(self, viewers: Viewers) -> None:
        self._viewers = viewers
        self._reader: RingReader | None = None
        self._fd = -1
        self.lost = 0  # frames that were not read, in all

    def take(self, fd: int) -> None:
        """Reads from the ring `fd` from now on; owns the descriptor. Raises OSError, ValueError: no ring."""
        reader = RingReader(fd)
        self._release()
        self._reader, self._fd, self.lost = reader, fd, 0

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            self.turn()
            await asyncio.sleep(EVERY_S)

    def turn(self) -> None:
        """One block, if there is anything new."""
        reader = self._reader
        if reader is None:
            return
        behind = reader.written - reader.position
        if behind > BACKLOG_FRAMES:
            self.lost += behind - BACKLOG_FRAMES // 4
            start = reader.written - BACKLOG_FRAMES // 4
            reader.close()
            reader = self._reader = RingReader(self._fd, start=start)
        frames = reader.read(MOST_FRAMES)
        if len(frames):
            self._viewers.samples(block(frames, self.lost + reader.lost))

    def _release(self) -> None:
        if self._reader is not None:
            self._reader.close()
            os.close(self._fd)
        self._reader, self._fd = None, -1


def newest_descriptor(mailbox: socket.socket) -> int | None:
    """The last of the descriptors that lie in the mailbox (a datagram socket pair); the others are closed. None: nothing."""
    newest: int | None = None
    while True:
        try:
            _, ancillary, _, _ = mailbox.recvmsg(16, socket.CMSG_LEN(4), socket.MSG_DONTWAIT)
        except (BlockingIOError, InterruptedError):
            return newest
        for level, kind, data in ancillary:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                found = array.array("i")
                found.frombytes(data[: len(data) - len(data) % found.itemsize])
                for fd in found:
                    if newest is not None:
                        os.close(newest)
                    newest = fd
        if not ancillary:
            return newest
