"""The key ``a`` at the terminal of a run: somebody has seen the alarms. Clears no trip and stops nothing."""

from __future__ import annotations

import asyncio
import getpass
import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from controller.commissioning.keys import raw, read_keys

if TYPE_CHECKING:
    from controller.protocol.operator import Answer, Operator
    from controller.session.session import Session

KEY = "a"


class AlarmKey:
    """Listens at `fd` while nobody is asked anything; where `fd` is no terminal of ours it does nothing.

    Args:
        by: who is at the terminal; empty: the login name.
        say: shows a line.
    """

    def __init__(self, session: Session, fd: int | None, by: str, say: Callable[[str], None]) -> None:
        self._session, self._fd, self._say = session, fd, say
        self._by = by or getpass.getuser()
        self._mode: AbstractContextManager[None] | None = None

    def begin(self) -> bool:
        """Whether there is a terminal to listen at. A run in the background must not touch it."""
        fd = self._fd
        if self._mode is not None or fd is None or not os.isatty(fd) or os.tcgetpgrp(fd) != os.getpgrp():
            return False
        self._mode = raw(fd)
        self._mode.__enter__()
        asyncio.get_running_loop().add_reader(fd, self._read)
        return True

    def end(self) -> None:
        """Gives the terminal back as it was. Idempotent."""
        if self._mode is not None and self._fd is not None:
            asyncio.get_running_loop().remove_reader(self._fd)
            self._mode.__exit__(None, None, None)
            self._mode = None

    def beside(self, operator: Operator) -> Operator:
        """The operator, who has the terminal to himself while he is asked."""
        return _Asked(operator, self)

    def _read(self) -> None:
        assert self._fd is not None
        keys = read_keys(self._fd)
        if keys is None:
            self.end()
        elif KEY in keys:
            unseen = [alarm.condition for alarm in self._session.alarms.active if not alarm.acknowledged]
            self._session.acknowledge(self._by)
            self._say(f"acknowledged by {self._by}: {', '.join(unseen)}" if unseen else "no alarm waits to be acknowledged")


class _Asked:
    def __init__(self, operator: Operator, key: AlarmKey) -> None:
        self._operator, self._key = operator, key

    async def ask(self, text: str) -> Answer:
        self._key.end()
        try:
            return await self._operator.ask(text)
        finally:
            self._key.begin()
