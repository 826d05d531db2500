"""What is said to a drive and when, without wire and clock: every profile, over every way to start, stop and fail."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest

from controller.config import load_drive
from rigs.modbus.description import Description
from rigs.modbus.drive import HELD, RUNNING, Drive, Order
from rigs.modbus.port import BusError
from rigs.simdrive.simulated import SimulatedDrive

PROFILES = ["generic", "abb-drives", "danfoss-fc"]
STEP_S = 0.02


class Direct:
    """A line without a wire, in virtual time; `log` holds what was written."""

    def __init__(self, drive: SimulatedDrive) -> None:
        self.drive, self.now_s = drive, 0.0
        self.log: list[tuple[int, list[int]]] = []

    def read(self, address: int, count: int) -> list[int]:
        held = self.drive.registers()
        return [held[address + i] for i in range(count)]

    def write(self, address: int, words: Sequence[int]) -> None:
        self.log.append((address, list(words)))
        self.drive.write(address, words, self.now_s)


class Talk:
    """A drive of ours and a simulated one, exchange by exchange."""

    def __init__(self, name: str, *, safe_rpm: float = 0.0, word_order: str | None = None) -> None:
        self.what = Description.of(load_drive(name).model_dump())
        self.there = SimulatedDrive(self.what, ramp_rpm_s=self.what.highest_rpm * 10, word_order=word_order)  # type: ignore[arg-type]
        self.line = Direct(self.there)
        self.ours = Drive(self.what, safe_rpm, safe_rpm > 0.0)
        self.order = Order(0.0, False, 0, 0.0)
        self.ours.connected(self.order)

    def enable(self, share: float = 0.5) -> None:
        self.order = Order(share * self.what.highest_rpm, True, self.order.edges + (not self.order.enable), 0.0)

    def disable(self) -> None:
        self.order = Order(0.0, False, self.order.edges, 0.0)

    def go(self, count: int = 40):
        for _ in range(count):
            self.line.now_s += STEP_S
            self.there.advance(self.line.now_s)
            found = self.ours.exchange(self.line, self.order, self.line.now_s)
        return found


@pytest.fixture(params=PROFILES)
def talk(request: pytest.FixtureRequest) -> Talk:
    connected = Talk(request.param)
    connected.go(2)
    return connected


def test_it_starts_follows_and_stops(talk: Talk) -> None:
    assert talk.go().speed_rpm == 0.0
    talk.enable(0.5)
    found = talk.go(60)
    assert talk.ours.state == RUNNING
    assert found.speed_rpm == pytest.approx(0.5 * talk.what.highest_rpm, rel=1e-3)
    assert found.current_A > 0.1
    assert not found.bad and talk.ours.complaints == ()
    talk.enable(0.25)
    assert talk.go().speed_rpm == pytest.approx(0.25 * talk.what.highest_rpm, rel=1e-3)
    talk.disable()
    assert talk.go(400).speed_rpm == 0.0
    assert talk.there.starts == 1


def test_nothing_but_an_edge_starts_it(talk: Talk) -> None:
    talk.order = Order(1000.0, True, 3, 0.0)  # enable was up before the connection was there
    talk.ours.connected(talk.order)
    found = talk.go()
    assert (talk.there.starts, talk.ours.state) == (0, HELD)
    assert found.bad and "new enable" in talk.ours.complaints[0]
    talk.ours.clear()
    assert not talk.go().bad
    assert talk.there.starts == 0
    talk.disable()
    talk.go(2)
    talk.enable()
    assert not talk.go().bad
    assert talk.there.starts == 1


def test_a_connection_that_comes_back_starts_nothing(talk: Talk) -> None:
    talk.enable()
    talk.go()
    talk.there = SimulatedDrive(talk.what)  # switched off and on again
    talk.line.drive = talk.there
    talk.ours.connected(talk.order)
    assert talk.go().bad
    assert talk.there.starts == 0


def test_a_pump_that_ran_on_through_a_broken_connection_goes_on(talk: Talk) -> None:
    talk.enable()
    talk.go()
    talk.ours.connected(talk.order)
    assert not talk.go(1).bad
    assert (talk.ours.state, talk.there.starts) == (RUNNING, 1)


def test_a_pump_that_runs_unasked_is_stopped_at_connection(talk: Talk) -> None:
    talk.enable()
    talk.go()
    talk.disable()
    talk.ours.connected(talk.order)
    assert talk.go(400).speed_rpm == 0.0
    assert not talk.there.profile.driven


@pytest.mark.parametrize("fault", ["overcurrent", "overvoltage", "overtemperature"])
def test_a_fault_is_said_in_words_and_reset_starts_nothing(talk: Talk, fault: str) -> None:
    talk.enable()
    talk.go()
    talk.there.inject(fault)
    found = talk.go(2)
    assert found.bad
    number = talk.there.profile.codes[fault]
    assert talk.what.fault_words[number] in talk.ours.complaints[0]
    assert "not in the drive file" not in talk.ours.complaints[0]
    talk.ours.clear()
    found = talk.go(10)
    assert not talk.there.profile.in_fault and not found.bad
    assert talk.there.starts == 1, "enable still stands, its edge is spent"
    talk.disable()
    talk.go(2)
    talk.enable()
    talk.go()
    assert (talk.ours.state, talk.there.starts) == (RUNNING, 2)


def test_enable_in_fault_is_refused_with_words(talk: Talk) -> None:
    talk.go(2)
    talk.there.inject("overcurrent")
    talk.go(2)
    talk.enable()
    assert talk.go().bad
    assert talk.there.starts == 0
    assert any("reset, then enable again" in text for text in talk.ours.complaints)


def test_a_drive_that_does_not_follow_is_named_with_its_status(talk: Talk) -> None:
    talk.there.inject("unreleased")
    talk.go(2)
    talk.enable()
    assert talk.go(100).bad
    assert "did not follow step 1 of its enable sequence" in talk.ours.complaints[0]
    assert f"0x{talk.there.status:04X}" in talk.ours.complaints[0]
    talk.there.relieve()
    talk.go(100)
    assert talk.there.starts == 0, "giving up is final until a new edge"


def test_a_drive_that_stops_by_itself_is_not_started_again(talk: Talk) -> None:
    talk.enable()
    talk.go()
    talk.there.inject("unreleased")
    assert talk.go(2).bad
    talk.there.relieve()
    talk.go()
    assert talk.there.starts == 1
    assert "stopped by itself" in talk.ours.complaints[0]


def test_local_control_is_said(talk: Talk) -> None:
    talk.there.inject("local")
    assert talk.go(2).bad
    assert "set it to remote" in talk.ours.complaints[0]


def test_a_silent_loop_ends_in_the_safe_values(talk: Talk) -> None:
    talk.enable()
    talk.go()
    talk.order = Order(talk.order.speed_rpm, True, talk.order.edges, 0.6)
    assert talk.go(400).speed_rpm == 0.0
    assert any("no set point for 0.6 s" in text for text in talk.ours.complaints)
    talk.order = Order(1000.0, True, talk.order.edges, 0.0)
    talk.go()
    assert talk.there.starts == 1, "a loop that comes back needs a new edge"


def test_a_silent_loop_leaves_a_pump_at_its_safe_speed() -> None:
    talk = Talk("generic", safe_rpm=31000.0)
    talk.go(2)
    talk.enable(0.75)
    talk.go(100)
    talk.order = Order(talk.order.speed_rpm, True, talk.order.edges, math.inf)
    assert talk.go(100).speed_rpm == pytest.approx(31000.0)


def test_silence_starts_nothing() -> None:
    talk = Talk("generic", safe_rpm=31000.0)
    talk.order = Order()
    talk.go()
    assert talk.there.starts == 0


def test_the_drives_own_watchdog_stops_it(talk: Talk) -> None:
    talk.enable()
    talk.go()
    talk.there.advance(talk.line.now_s + 0.9 * talk.there.watchdog_s)
    assert talk.there.profile.driven
    talk.there.advance(talk.line.now_s + 1.1 * talk.there.watchdog_s)
    assert not talk.there.profile.driven
    assert talk.there.profile.in_fault


@pytest.mark.parametrize(("time_s", "action"), [(0.0, 1), (5.0, 1), (0.5, 0)])
def test_a_watchdog_that_is_off_or_slow_speaks_against_arming(time_s: float, action: int) -> None:
    talk = Talk("generic")
    talk.there.watchdog_s, talk.there.watchdog_action = time_s, action
    assert not talk.go(2).bad, "it is a reason against arming, no fault"
    assert "watchdog is off or too slow" in talk.ours.complaints[0]
    assert f"time {time_s:g} s, action {action}" in talk.ours.complaints[0]


@pytest.mark.parametrize("speed", [math.nan, math.inf, -math.inf, -500.0, 1e9])
def test_no_set_point_leaves_the_range(talk: Talk, speed: float) -> None:
    talk.enable()
    talk.go()
    talk.order = Order(speed, True, talk.order.edges, 0.0)
    talk.go()
    assert 0.0 <= talk.there.set_rpm <= talk.what.highest_rpm * 1.0001


def test_the_other_word_order_is_found_at_standstill_and_named() -> None:
    talk = Talk("generic", word_order="big")
    with pytest.raises(BusError, match=r'rated speed reads .* with the words exchanged 60000: is word_order = "big" meant\?'):
        talk.go(1)
    assert talk.line.log == [], "nothing was written to a drive that is not understood"


def test_a_speed_that_cannot_be_is_no_reply(talk: Talk) -> None:
    talk.go(2)
    talk.there.motor.speed_rpm = 1.3 * talk.what.highest_rpm
    with pytest.raises(BusError, match="is not believed"):
        talk.ours.exchange(talk.line, talk.order, talk.line.now_s)


def test_a_blocked_shaft_trips_the_drive(talk: Talk) -> None:
    talk.enable()
    talk.go()
    talk.there.inject("blocked")
    found = talk.go(40)
    assert found.bad and found.speed_rpm == 0.0
    assert talk.what.fault_words[talk.there.profile.codes["blocked"]] in talk.ours.complaints[0]


def test_a_known_drive_is_told_to_stand_before_it_is_asked_anything(talk: Talk) -> None:
    talk.enable()
    talk.go()
    talk.disable()
    talk.ours.connected(talk.order)
    talk.line.log.clear()

    def silent(address: int, count: int) -> list[int]:
        raise BusError("no good reply")

    talk.line.read = silent  # type: ignore[method-assign]
    with pytest.raises(BusError):
        talk.go(1)
    assert talk.line.log == [(talk.what.control.address, [talk.what.rest])]
    assert not talk.there.profile.driven
