"""The thread that runs the loop in real time: not a daemon, so that the process cannot leave without make_safe."""

from __future__ import annotations

import threading

from cext.loop import Loop
from cext.realtime import Right, ask

FOREVER = 2**62  # ticks


class LoopThread:
    """Runs `loop` until `stop`; the GIL is released for the whole of its life."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self.rights: list[Right] = []  # what was asked of the system, and its answers; filled before the first tick
        self.asked = threading.Event()
        self._thread = threading.Thread(target=self._run, name="mockloop-tick", daemon=False)

    def _run(self) -> None:
        self.rights = ask()
        self.asked.set()
        self._loop.clock.restart()
        self._loop.run(FOREVER)

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Lets the loop leave after the tick at work, and waits for it."""
        self._loop.commands.quit()
        if self._thread.is_alive():
            self._thread.join()
