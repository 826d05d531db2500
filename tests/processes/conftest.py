"""A child that speaks JSON lines through ParentLine, and the supervisor's side of it."""

import asyncio
import os
import select
import sys

import pytest

from controller.processes.helper import Helper
from controller.processes.launch import environment

ECHO = """
import asyncio, os, sys
from controller.processes.parent_line import ParentLine

async def main():
    def hear(message):
        if "exit" in message:
            print("about to fail", file=sys.stderr, flush=True)
            os._exit(message["exit"])
        heard.append(message)
        line.say({"echo": message, "heard": len(heard)})
    heard = []
    line = ParentLine(hear)
    line.open()
    line.say({"ready": os.getpid()})
    await line.leaving.wait()
    line.say({"closed": True, "heard": len(heard), "rejected": line.rejected}, patience_s=10.0)

asyncio.run(main())
"""


class Watched:
    """A helper with everything it said and that was said of it."""

    def __init__(self, *arguments, **options):
        self.lines, self.changes = [], []
        options.setdefault("environment", environment())
        self.helper = Helper("echo", *arguments, on_line=self.lines.append, on_change=self.changes.append, **options)

    def whats(self):
        return [change.what for change in self.changes]


@pytest.fixture
def echo():
    """Makes a Watched echo child; the script may be another."""

    def make(script=ECHO, **options):
        return Watched([sys.executable, "-c", script], **options)

    return make


@pytest.fixture
def run():
    """Runs a coroutine with a bound on its time."""

    def runner(coroutine):
        async def bounded():
            return await asyncio.wait_for(coroutine, 60)

        return asyncio.run(bounded())

    return runner


@pytest.fixture
def ends():
    """Waits for the end of a process that need not be our child: True, or False after `timeout_s`."""

    def wait(pidfd, timeout_s=10.0):
        poller = select.poll()
        poller.register(pidfd, select.POLLIN)
        try:
            return bool(poller.poll(timeout_s * 1000))
        finally:
            os.close(pidfd)

    return wait
