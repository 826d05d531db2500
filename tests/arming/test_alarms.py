"""Alarms: priority, latch, acknowledge, first-out, value at trip; in the list itself and on the virtual bench."""

from __future__ import annotations

import asyncio
import itertools

import pytest

from controller.config.experiment import load_experiment
from controller.session.alarms import MARKS, Alarms, Reading
from controller.session.assemble import assemble


@pytest.fixture
def alarms() -> Alarms:
    return Alarms()


def conditions(alarms: Alarms) -> list[str]:
    return [alarm.condition for alarm in alarms.active]


def test_the_most_urgent_is_shown_first_and_the_earliest_within_a_priority(alarms: Alarms) -> None:
    for tick, (name, priority) in enumerate([("a", "low"), ("b", "high"), ("c", "medium"), ("d", "high")]):
        alarms.raised(name, priority, name, tick, tick * 1e-3)
    assert conditions(alarms) == ["b", "d", "c", "a"]
    assert [alarm.mark for alarm in alarms.active] == ["!!!", "!!!", "!!", "!"]
    assert alarms.first_out is not None and alarms.first_out.condition == "a"


def test_a_priority_that_is_none_is_refused(alarms: Alarms) -> None:
    with pytest.raises(ValueError, match=r"alarm x: priority 'info' is refused: allowed is high, medium, low"):
        alarms.raised("x", "info", "x", 1, 0.0)
    assert set(MARKS) == {"high", "medium", "low"}


@pytest.mark.parametrize("order", list(itertools.permutations(["end", "see"])))
def test_an_alarm_stays_until_it_is_both_gone_and_seen(alarms: Alarms, order: tuple[str, str]) -> None:
    alarms.raised("x", "high", "text", 5, 0.005)
    for step in order:
        assert conditions(alarms) == ["x"]
        alarms.ended("x") if step == "end" else alarms.acknowledge("Ada")
    assert conditions(alarms) == []


def test_acknowledging_says_who_and_is_news_once(alarms: Alarms) -> None:
    alarms.raised("x", "high", "text", 5, 0.005)
    alarms.raised("y", "low", "text", 6, 0.006)
    assert [alarm.condition for alarm in alarms.acknowledge("Ada", "x")] == ["x"]
    assert [alarm.condition for alarm in alarms.acknowledge("Bob")] == ["y"]
    assert {alarm.condition: alarm.acknowledged for alarm in alarms.active} == {"x": "Ada", "y": "Bob"}
    assert alarms.acknowledge("Eve") == ()


def test_raised_again_it_counts_and_wants_to_be_seen_again_with_its_first_reading(alarms: Alarms) -> None:
    first = Reading("in.aop_mmHg", 260.0, 250.0, "mmHg")
    alarms.raised("x", "medium", "text", 5, 0.005, first)
    alarms.acknowledge("Ada")
    again = alarms.raised("x", "high", "text", 9, 0.009, Reading("in.aop_mmHg", 300.0, 250.0, "mmHg"))
    assert (again.count, again.acknowledged, again.tick, again.reading, again.priority) == (2, "", 5, first, "high")


def test_acknowledging_what_is_not_there_or_by_nobody_is_refused(alarms: Alarms) -> None:
    alarms.raised("x", "high", "text", 5, 0.005)
    with pytest.raises(KeyError, match="y is not active; active are x"):
        alarms.acknowledge("Ada", "y")
    with pytest.raises(ValueError, match="give a name"):
        alarms.acknowledge("  ")


def test_every_change_is_told() -> None:
    told = []
    alarms = Alarms(lambda: told.append(len(told)))
    alarms.raised("x", "high", "text", 1, 0.001)
    alarms.ended("x")
    alarms.ended("x")
    alarms.acknowledge("Ada")
    assert len(told) == 3, "an end that is no news is not told"


def run(coroutine):  # type: ignore[no-untyped-def]
    return asyncio.run(coroutine)


@pytest.fixture
def session():  # type: ignore[no-untyped-def]
    made = assemble(load_experiment("impella-ramp"), faulty=True)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("fault", "condition", "words"),
    [
        ({"channel": "in.aop_mmHg", "kind": "wrong", "gain": 1.0, "offset": 185.0}, "pressure_high", "in.aop_mmHg = "),
        ({"channel": "in.ecg_mV", "kind": "off"}, "input_lost", "quality of in.ecg_mV = 3"),
        ({"channel": "in.estop", "kind": "wrong", "gain": 0.0, "offset": 1.0}, "estop", "in.estop = 1, limit 0.5"),
    ],
)
def test_a_trip_shows_its_value_and_its_limit(session, fault, condition, words) -> None:  # type: ignore[no-untyped-def]
    events = []
    session.listen(events.append)

    async def trip() -> None:
        await session.open()
        await session.arm()
        await session.start()
        session.loop.rig.inject(**fault)
        for _ in range(20):
            await session.advance()

    run(trip())
    first = session.alarms.first_out
    assert first is not None and first.condition == condition and first.priority == "high"
    assert words in first.text
    event = next(event for event in events if event.kind == "alarm" and event.data["condition"] == condition)
    tripped = next(event for event in events if event.kind == "transition" and event.text.endswith("-> SAFE"))
    assert event.tick == tripped.tick == first.tick
    assert event.data["first_out"] is True and event.data["signal"] and first.reading is not None
    if condition == "pressure_high":
        assert event.data["limit"] == 250.0 and event.data["value"] > 250.0 and event.data["unit"] == "mmHg"


def test_a_reset_ends_the_alarm_and_an_acknowledgement_clears_no_trip(session) -> None:  # type: ignore[no-untyped-def]
    events = []
    session.listen(events.append)

    async def play() -> None:
        await session.open()
        fault = session.loop.rig.inject("in.ecg_mV", "off")
        for _ in range(3):
            await session.advance()
        session.acknowledge("Ada", "input_lost")
        await session.advance()
        assert session.state == "SAFE" and session.latched == ("input_lost",)
        assert conditions(session.alarms) == ["input_lost"]
        session.loop.rig.clear(fault)
        for _ in range(3):
            await session.advance()
        await session.reset()

    run(play())
    assert conditions(session.alarms) == []
    assert any(event.kind == "operator" and "acknowledged by Ada" in event.text for event in events)
