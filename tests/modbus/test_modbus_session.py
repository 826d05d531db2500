"""A session on a bench file with a drive: from IDLE over a run to a fault in words, a lost drive, and back only by a person."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from controller.config.experiment import load_experiment
from controller.config.find import shipped
from controller.session.assemble import assemble
from controller.session.errors import NotArmed
from controller.session.session import Session

SAFE_RPM = 31000.0  # configs/devices/impella-cp.toml
BENCH = """
[bench]
name = "pump-only"
title = "A pump drive alone"
rig = "modbus"
simulated = true
offers = ["impella"]
metrics_from = "inputs"
[inputs.pump_speed_rpm]
range = [-100, 60000]
required = true
max_age_ms = 1190
wire = { drive = "left", quantity = "speed" }
[inputs.pump_current_A]
range = [-5, 5]
max_age_ms = 1190
wire = { drive = "left", quantity = "current" }
[outputs.pump_speed_rpm]
range = [0, 46000]
rest = 0
standby = "device"
safe = "device"
wire = { drive = "left", quantity = "speed" }
[outputs.pump_enable]
range = [0, 1]
rest = 0
standby = "device"
safe = "device"
wire = { drive = "left", quantity = "enable" }
[drives.left]
drive = "patient.toml"
CONNECTION
[set]
pump.device = "impella-cp"
pump.level = "P-8"
"""


class Run:
    """A real-time session and what it said."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.events: list[Any] = []
        session.listen(self.events.append)

    async def until(self, wanted: Callable[[], object], why: str) -> None:
        for _ in range(400):  # of about 50 ms
            if wanted():
                return
            await self.session.advance()
        raise AssertionError(f"{why}: state {self.session.state}, {self.session.loop.rig.complaints()}, {self.events[-3:]}")

    async def running(self) -> None:
        await self.session.open()
        await self.session.arm()
        await self.session.start()
        await self.until(lambda: self.speed_rpm > 43000.0, "P-8")

    @property
    def speed_rpm(self) -> float:
        return float(self.session.latest["in.pump_speed_rpm"])

    def alarm(self, condition: str) -> Any:
        return next((event for event in self.events if event.kind == "alarm" and event.data["condition"] == condition), None)


@pytest.fixture
def session(tmp_path: Path) -> Any:
    made: list[Session] = []

    def make(connection: dict[str, Any]) -> Run:
        line = "\n".join(f'{key} = "{value}"' for key, value in connection.items())
        text = (shipped() / "drives" / "generic.toml").read_text(encoding="utf-8")
        slow = text.replace("turnaround_ms = 20 ", "turnaround_ms = 400 ")  # lost after 1.2 s: a busy machine is no lost drive
        assert slow != text
        (tmp_path / "patient.toml").write_text(slow, encoding="utf-8")
        file = tmp_path / "pump-only.toml"
        file.write_text(BENCH.replace("CONNECTION", line), encoding="utf-8")
        made.append(assemble(load_experiment(bench=str(file)), realtime=True))
        return Run(made[-1])

    yield make
    for one in made:
        one.close()


def test_nothing_is_energised_before_arming_and_a_run_reaches_the_drive(serve: Callable[..., Any], session: Any) -> None:
    served = serve()
    run = session(served.connection)

    async def play() -> None:
        await run.session.open()
        for _ in range(5):
            await run.session.advance()
        assert (served.drive.starts, served.drive.set_rpm) == (0, 0.0)
        await run.session.arm()
        await run.until(lambda: abs(run.speed_rpm - SAFE_RPM) < 10.0, "standby speed")
        await run.session.start()
        await run.until(lambda: abs(run.speed_rpm - 44000.0) < 10.0, "P-8")
        await run.session.stop()
        await run.session.disarm()
        await run.until(lambda: not served.drive.profile.driven, "rest")

    asyncio.run(play())
    assert run.session.alarms.active == ()


def test_a_fault_of_the_drive_trips_with_its_words_and_is_reset_by_a_person(serve: Callable[..., Any], session: Any) -> None:
    served = serve()
    run = session(served.connection)

    async def play() -> None:
        await run.running()
        served.drive.inject("overtemperature")
        await run.until(lambda: run.session.state == "SAFE", "a trip")
        assert "0x4210 drive too hot" in run.alarm("input_lost").text
        assert run.alarm("input_lost").data["first_out"] is True
        starts = served.drive.starts
        for _ in range(10):
            await run.session.advance()
        assert served.drive.profile.in_fault and served.drive.starts == starts
        await run.session.reset()
        assert not served.drive.profile.in_fault and served.drive.starts == starts, "reset starts nothing"
        await run.session.arm()
        await run.until(lambda: served.drive.starts == starts + 1, "arming is a fresh enable")

    asyncio.run(play())


def test_a_lost_drive_trips_and_its_return_starts_nothing(serve: Callable[..., Any], session: Any) -> None:
    served = serve()
    run = session(served.connection)

    async def play() -> None:
        await run.running()
        served.stop()
        await run.until(lambda: run.session.state == "SAFE", "a trip")
        alarm = run.alarm("input_lost")
        assert "no good reply for" in alarm.text or "closed" in alarm.text or "no connection" in alarm.text
        assert alarm.data["signal"] == "age of in.pump_speed_rpm"
        assert alarm.data["value"] > alarm.data["limit"] == 1.19
        with pytest.raises(NotArmed) as refused:
            await run.session.arm()
        assert any("pump drive left (generic at 127.0.0.1" in reason for reason in refused.value.reasons)
        served.start()
        await run.until(lambda: int(run.session.latest["quality"][10]) != 2 and served.server.requests > 10, "replies")
        for _ in range(10):
            await run.session.advance()
        assert served.drive.starts == 0
        assert run.session.state == "SAFE"
        await run.session.reset()
        assert served.drive.starts == 0
        await run.session.arm()
        await run.until(lambda: served.drive.starts == 1, "arming is a fresh enable")

    asyncio.run(play())


def test_a_drive_that_is_not_there_is_named_at_the_self_test(session: Any) -> None:
    run = session({"tcp": "127.0.0.1:1"})

    async def play() -> None:
        with pytest.raises(
            OSError, match=r"pump drive left \(generic\) does not answer: no connection to 127.0.0.1:1, .*refused"
        ):
            await run.session.open()

    asyncio.run(play())


def test_a_drive_without_a_watchdog_is_not_armed(serve: Callable[..., Any], session: Any) -> None:
    served = serve()
    served.drive.watchdog_action = 0
    run = session(served.connection)

    async def play() -> None:
        await run.session.open()
        with pytest.raises(NotArmed) as refused:
            await run.session.arm()
        assert "watchdog is off or too slow" in str(refused.value)

    asyncio.run(play())


def test_a_drive_that_takes_its_time_to_answer_is_armed_at_once(serve: Callable[..., Any], session: Any) -> None:
    served = serve()
    served.line.latency_s = 0.04  # the loop arms after 50 ticks: the exchange that began before its first one is the newest
    run = session(served.connection)

    async def play() -> None:
        await run.session.open()
        assert run.session.loop.rig.complaints() == []
        await run.session.arm()
        assert run.session.state == "ARMED"

    asyncio.run(play())
