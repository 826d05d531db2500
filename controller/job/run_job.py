"""A run from a checked set-up to folder and report: what the command line, Python and the test fixtures all call."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from controller.job.execute import Outcome, Run
from controller.job.request import Request
from controller.job.show import Screen

if TYPE_CHECKING:
    from controller.config.experiment import Experiment


def run_job(experiment: Experiment, request: Request, *, report: bool = True, console: bool = False) -> Outcome:
    """Runs the protocol of `experiment`, with progress on stderr, and writes the report unless not wanted. `console`: in browsers too.

    Raises:
        As `Run.execute`.
    """
    screen = Screen()
    try:
        if console:
            from controller.console.beside import run_beside_a_console

            outcome = asyncio.run(run_beside_a_console(experiment, request, screen))
        else:
            outcome = asyncio.run(Run(experiment, request, screen).execute())
    finally:
        screen.close()
    if not report:
        return outcome
    from controller.report import write_report

    begin_s = time.monotonic()
    return outcome.reported(write_report(outcome.folder), time.monotonic() - begin_s)
