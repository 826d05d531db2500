"""A procedure on a bench from opening to closing: whatever ends it, the bench is left safe."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from controller.commissioning.hands import Hands

if TYPE_CHECKING:
    from controller.config.experiment import Experiment

T = TypeVar("T")
ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)  # Ctrl-C, told to end, terminal lost


def carry_out(
    experiment: Experiment, work: Callable[[Hands], Awaitable[T]], *, realtime: bool, armed: bool, seed: int = 1
) -> T:
    """Opens the bench, arms it where `armed`, lets `work` work, releases, stands down and closes.

    Raises:
        KeyboardInterrupt: ended by a signal. NotArmed, SessionEnded, OSError: from the bench. What `work` raises.
    """
    return asyncio.run(_carry_out(Hands(experiment, realtime=realtime, seed=seed), work, armed))


async def _carry_out(hands: Hands, work: Callable[[Hands], Awaitable[T]], armed: bool) -> T:
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None
    told: list[int] = []

    def end(number: int) -> None:
        told.append(number)
        if number == signal.SIGHUP:
            speak_to_nobody()
        hands.release()  # SAFETY: who is told to end lets go first, before anything is awaited
        task.cancel()

    for number in ENDINGS:
        with suppress(NotImplementedError, RuntimeError):  # outside the main thread the caller is told, not we
            loop.add_signal_handler(number, end, number)
    try:
        await hands.open()
        if armed:
            await hands.arm()
        found = await work(hands)
        await hands.stand_down()
        return found
    except asyncio.CancelledError:
        if told:
            raise KeyboardInterrupt from None
        raise
    finally:
        hands.close()  # SAFETY: however it ends, the outputs are made safe
        for number in ENDINGS:
            with suppress(NotImplementedError, RuntimeError):
                loop.remove_signal_handler(number)


def speak_to_nobody() -> None:
    """The terminal is gone: what is still said goes nowhere instead of failing."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        if stat.S_ISCHR(os.fstat(stream).st_mode):  # not isatty: a terminal that hung up is none any more
            os.dup2(nowhere, stream)
    os.close(nowhere)
