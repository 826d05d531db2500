"""``mockloop run --console``: one run with a console beside it, which ends with the run."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from controller.console.desk import Desk
from controller.console.listening import Listening
from controller.console.seat import Seat
from controller.job.execute import Outcome, Run

if TYPE_CHECKING:
    from controller.config.experiment import Experiment
    from controller.job.request import Request
    from controller.job.show import Screen


async def run_beside_a_console(experiment: Experiment, request: Request, screen: Screen) -> Outcome:
    """Like `Run.execute`. Prompts are asked on the screen, and at the terminal where there is one."""
    runs = request.out.parent if request.out is not None else Path("runs")
    desk = Desk(Listening(), runs.absolute(), screen.say)
    await desk.start()
    screen.say(f"console      {desk.url}")
    seat = Seat(desk, terminal=screen.operator if sys.stdin is not None and sys.stdin.isatty() else None)
    try:
        return await Run(experiment, request, screen, console=seat).execute()
    finally:
        await desk.close()
