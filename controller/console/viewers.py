"""Who looks on. Each viewer has a short queue of its own: whoever is slow gets newer data, and nobody's memory grows."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from typing import Any

from controller.console.block import for_viewer

BLOCKS = 40  # 1 s of samples
TEXTS = 200
MOST_VIEWERS = 64


class Viewer:
    """One browser's end: the newest `BLOCKS` blocks and `TEXTS` messages that it has not taken yet."""

    def __init__(self, role: str) -> None:
        self.role = role
        self.skipped = 0  # blocks that it was too slow for
        self.missed = 0  # messages likewise
        self.samples_wanted = True
        self._blocks: deque[bytearray] = deque(maxlen=BLOCKS)
        self._texts: deque[str] = deque(maxlen=TEXTS)
        self._latest: dict[str, str] = {}  # messages of which only the newest counts
        self._ready = asyncio.Event()

    def sample(self, shared: bytearray) -> None:
        if not self.samples_wanted:
            return
        if len(self._blocks) == BLOCKS:
            # An old screen is worth nothing: what waits is thrown away as a whole, and counted.
            self.skipped += BLOCKS
            self._blocks.clear()
        self._blocks.append(shared)
        self._ready.set()

    def text(self, message: str, key: str | None = None) -> None:
        """Queues a message; with `key` it takes the place of an older one of that key."""
        if key is not None:
            self._latest[key] = message
        else:
            self.missed += len(self._texts) == TEXTS
            self._texts.append(message)
        self._ready.set()

    async def next(self) -> str | bytes:
        """What is to be sent next: messages before samples."""
        while True:
            if self._latest:
                return self._latest.pop(next(iter(self._latest)))
            if self._texts:
                return self._texts.popleft()
            if self._blocks:
                return bytes(for_viewer(self._blocks.popleft(), self.skipped))
            self._ready.clear()
            await self._ready.wait()


class Viewers:
    """Everybody who looks on."""

    def __init__(self) -> None:
        self._all: set[Viewer] = set()

    def __len__(self) -> int:
        return len(self._all)

    def add(self, role: str) -> Viewer | None:
        """A new viewer; None where there are `MOST_VIEWERS` already."""
        if len(self._all) >= MOST_VIEWERS:
            return None
        viewer = Viewer(role)
        self._all.add(viewer)
        return viewer

    def remove(self, viewer: Viewer) -> None:
        self._all.discard(viewer)

    def samples(self, shared: bytearray) -> None:
        for viewer in self._all:
            viewer.sample(shared)

    def tell(self, message: dict[str, Any], key: str | None = None) -> None:
        """Sends a JSON message to everybody."""
        text = json.dumps(message, ensure_ascii=False, separators=(",", ":"))
        for viewer in self._all:
            viewer.text(text, key)
