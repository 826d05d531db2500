"""A run that ends in a fault: the core says "restart the process", and the console must not open the bench again by itself."""

import asyncio
from types import SimpleNamespace

import pytest

from controller.console import bench as module
from controller.console.bench import ConsoleBench, Setting
from controller.job.request import Request
from controller.session.errors import SessionEnded


class Desk:
    def __init__(self):
        self.told = {}

    def tell(self, **changes):
        self.told |= changes


def ending(cause):
    class Run:
        def __init__(self, *_, **__):
            pass

        async def execute(self):
            summary = {"verdict": "TRIPPED", "reason": "the core is in FAULT", "tripped": []}
            return SimpleNamespace(result=SimpleNamespace(cause=cause), summary=summary, folder=None)

    return Run


@pytest.fixture
def run(monkeypatch, tmp_path):
    async def report(_):
        return True

    def run(cause):
        monkeypatch.setattr(module, "Run", ending(cause))
        monkeypatch.setattr(module, "_report", report)
        desk = Desk()
        bench = ConsoleBench(Setting(None, None, (), "off", "full", 1, tmp_path), desk)
        bench._experiment = None
        asyncio.run(bench._run(Request("any", out=tmp_path / "r")))
        return desk.told["last_run"]

    return run


def test_after_a_fault_the_console_ends(run):
    with pytest.raises(SessionEnded, match="Look at the bench"):
        run("fault")


def test_after_a_trip_that_was_reset_it_goes_on(run):
    assert run("trip")["verdict"] == "TRIPPED"
