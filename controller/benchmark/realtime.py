"""Wake-up lateness of the loop beside a bare C thread with the same policy, the two interleaved, while Python is busy."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from statistics import median

from controller.benchmark.row import Row, at_most

ROUNDS = 5
ROUND_S = 4.0


def realtime() -> Iterator[Row]:
    """Rounds of `ROUND_S` in turns on the same machine: loop and reference at half a period's distance."""
    from cext.reference import WakeReference
    from controller.config.experiment import load_experiment
    from controller.session.assemble import assemble

    leave = threading.Event()

    def busy() -> None:
        while not leave.is_set():
            sum(i * i for i in range(1000))

    worker = threading.Thread(target=busy)
    session = assemble(load_experiment(patient="cardiogenic-shock"), realtime=True)
    ours: list[float] = []
    theirs: list[float] = []

    async def measure() -> None:
        await session.open()
        # The reference wakes half a period after the loop, so that neither waits for the other.
        phase_us = (session.loop.clock.next_ns // 1000 + 500) % 1000
        for _ in range(ROUNDS):
            reference = WakeReference(1000, phase_us, fifo_priority=80)
            session.loop.lateness.clear()
            reference.start()
            until = time.monotonic() + ROUND_S
            while time.monotonic() < until:
                await session.advance()
            reference.stop()
            ours.append(session.loop.lateness.summary_us()["median_us"])
            theirs.append(reference.histogram().summary_us()["median_us"])

    worker.start()
    try:
        asyncio.run(measure())
    finally:
        leave.set()
        worker.join()
        session.close()
    ratio = median(a / b for a, b in zip(ours, theirs, strict=True))
    how = f"loop {median(ours):.1f} us, bare C {median(theirs):.1f} us, {ROUNDS} rounds of {ROUND_S:g} s, a busy Python thread beside"
    yield at_most("wake-up lateness, loop / bare C thread", ratio, "", 1.2, how)
    yield Row("periods missed meanwhile", float(session.loop.missed), "", how="host pauses; counted, none hidden")
