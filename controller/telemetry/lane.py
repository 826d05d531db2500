"""A bounded queue for one topic: where it is full the oldest message goes, and is counted."""

from __future__ import annotations

import asyncio
from collections import deque


class Lane:
    """Payloads on their way to `topic`. A message of QoS 1 that was not acknowledged goes back to the front."""

    def __init__(self, name: str, topic: str, qos: int, limit: int) -> None:
        self.name = name
        self.topic = topic
        self.qos = qos
        self.published = 0
        self.dropped = 0
        self._queue: deque[bytes] = deque()
        self._limit = limit
        self._filled = asyncio.Event()
        self._flying = False
        self.idle = asyncio.Event()  # nothing queued, nothing under way
        self.idle.set()

    def __len__(self) -> int:
        return len(self._queue) + self._flying

    def put(self, payload: bytes) -> None:
        if len(self._queue) >= self._limit:
            self._queue.popleft()
            self.dropped += 1
        self._queue.append(payload)
        self._filled.set()
        self.idle.clear()

    async def take(self) -> bytes:
        """The oldest message, once there is one. Must be followed by `landed` or `failed`."""
        while not self._queue:
            self._filled.clear()
            await self._filled.wait()
        self._flying = True
        return self._queue.popleft()

    def landed(self) -> None:
        self.published += 1
        self._settle()

    def failed(self, payload: bytes) -> None:
        """The connection broke under it."""
        if self.qos and len(self._queue) < self._limit:
            self._queue.appendleft(payload)
        else:
            self.dropped += 1
        self._settle()

    def _settle(self) -> None:
        self._flying = False
        if not self._queue:
            self.idle.set()
