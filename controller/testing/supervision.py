"""The event loop that a session lives in while a test, which is ordinary synchronous code, holds the handle."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import wait
from typing import Any, TypeVar

T = TypeVar("T")
LEAVE_S = 5.0  # for an operation that was interrupted to come to its end


class Supervision:
    """A thread with an event loop; `call` runs one operation at a time in it and waits for it.

    With `pump`, it is called again and again between operations: on a bench that runs in real time the supervisor must be
    heard from while the test thinks. An exception of the pump ends the pumping and is raised by the next `call`. When the
    main thread is gone, which only a crash of the test runner does, `orphaned` is called once, and the pumping ends.
    """

    def __init__(
        self, pump: Callable[[], Awaitable[object]] | None = None, orphaned: Callable[[], object] | None = None
    ) -> None:
        self._pump = pump
        self._orphaned = orphaned
        self._loop = asyncio.new_event_loop()
        self._failed: Exception | None = None
        self._pumping: asyncio.Task[None] | None = None
        self._turn = asyncio.Lock()
        self._thread = threading.Thread(target=self._run, name="mockloop-supervisor", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        self._loop.close()

    def call(self, operation: Coroutine[Any, Any, T]) -> T:
        """Runs `operation` to its end and returns what it returns; raises what it or the pump raised.

        Interrupted (Ctrl-C, a time limit of the test) it is cancelled, and the interruption goes on.
        """
        future = asyncio.run_coroutine_threadsafe(self._in_turn(operation), self._loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            wait([future], LEAVE_S)
            raise

    async def _in_turn(self, operation: Coroutine[Any, Any, T]) -> T:
        async with self._turn:
            failed, self._failed = self._failed, None
            if failed is not None:
                operation.close()
                raise failed
            return await operation

    def start_pump(self) -> None:
        """From now on the pump works between operations."""

        async def start() -> None:
            if self._pump is not None and self._pumping is None:
                self._pumping = asyncio.get_running_loop().create_task(self._keep_pumping(self._pump))

        self.call(start())

    async def _keep_pumping(self, pump: Callable[[], Awaitable[object]]) -> None:
        while threading.main_thread().is_alive():
            async with self._turn:
                try:
                    await pump()
                except Exception as error:
                    self._failed = error
                    return
            await asyncio.sleep(0)
        if self._orphaned is not None:
            self._orphaned()

    def close(self) -> None:
        """Ends the pump and the thread. Idempotent."""
        if not self._thread.is_alive():
            return

        async def end() -> None:
            if self._pumping is not None:
                self._pumping.cancel()
                await asyncio.gather(self._pumping, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
