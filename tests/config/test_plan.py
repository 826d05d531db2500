"""Plans: order, repeats, bounds of time, text."""

from __future__ import annotations

import json
from typing import Any

import pytest

from controller.config import load_protocol, plan
from controller.config.load import build
from controller.config.plan_text import seconds
from controller.config.protocol import Protocol
from controller.config.source import parse

HEAD = '[protocol]\nname = "p"\ntitle = "t"\nrequires = ["iabp", "impella", "patient-model"]\n'


def planned(steps: str, values: dict[str, Any] | None = None) -> Any:
    return plan(build(Protocol, "protocol", parse((HEAD + steps).encode(), "p.toml")), values)


def test_order_of_steps_and_blocks_that_repeat() -> None:
    found = planned(
        """
        [[step]]
        name = "a"
        hold_s = 1
        repeat = 2
        [[step]]
        name = "b"
        hold_s = 1
        [[step]]
        name = "c"
        hold_s = 1
        repeat = 3
        repeat_from = "b"
        [[step]]
        name = "d"
        hold_s = 1
        """
    )
    labels = [step.label for step in found.steps]
    assert labels == ["a (1/2)", "a (2/2)", "b (1/3)", "c (1/3)", "b (2/3)", "c (2/3)", "b (3/3)", "c (3/3)", "d"]
    assert [step.number for step in found.steps] == list(range(1, 10))
    assert found.shortest_s == found.expected_s == found.longest_s == 9.0


@pytest.mark.parametrize(
    ("step", "shortest", "expected", "longest"),
    [
        ("hold_s = 10", 10.0, 10.0, 10.0),
        ("hold_s = 10\nramp = { iabp.internal_bpm = { to = 70, over_s = 5 } }", 15.0, 15.0, 15.0),
        ("ramp = { iabp.internal_bpm = { to = 70, over_s = 5 }, iabp.emptying_ms = { to = 99, over_s = 8 } }", 8.0, 8.0, 8.0),
        ("hold_beats = 80", 20.0, 60.0, 160.0),
        ("hold_beats = 80\nlimit_s = 50", 20.0, 50.0, 50.0),
        ('until = "steady"\nlimit_s = 40', 12.0, 26.0, 40.0),
        ('until = "steady"\nlimit_s = 40\nwindow_s = 1\nset = { iabp = { enabled = true, assist = "1:8" } }', 18.0, 29.0, 40.0),
        ('prompt = "Turn the tap"', 0.0, 0.0, None),
        ('prompt = "Turn the tap"\nprompt_limit_s = 30\nhold_s = 1', 1.0, 1.0, 31.0),
    ],
)
def test_bounds_of_time(step: str, shortest: float, expected: float, longest: float | None) -> None:
    found = planned(f'[[step]]\nname = "a"\n{step}\n[teardown]\nhold_s = 2', {**_defaults(), "patient.hr_bpm": 80.0})
    assert found.steps[0].shortest_s == pytest.approx(shortest)
    assert found.steps[0].expected_s == pytest.approx(expected)
    assert found.steps[0].longest_s == (None if longest is None else pytest.approx(longest))
    assert found.teardown_s == 2.0
    assert found.longest_s == (None if longest is None else pytest.approx(longest + 2.0))


def test_settings_carry_over_from_step_to_step() -> None:
    found = planned(
        '[[step]]\nname = "a"\nset = { iabp.enabled = true }\nhold_s = 1\n'
        '[[step]]\nname = "b"\nramp = { iabp.internal_bpm = { to = 70, over_s = 5 } }\n[[step]]\nname = "c"\nhold_s = 1'
    )
    assert [s.settings["iabp.enabled"] for s in found.steps] == [True, True, True]
    assert [s.settings["iabp.internal_bpm"] for s in found.steps] == [80.0, 70.0, 70.0]


@pytest.mark.parametrize("name", ["iabp-weaning", "impella-ramp"])
def test_shipped_protocols_take_two_to_three_minutes(name: str) -> None:
    found = plan(load_protocol(name))
    assert found.longest_s is not None
    assert 90.0 < found.shortest_s <= found.expected_s <= found.longest_s < 180.0


@pytest.mark.parametrize("name", ["iabp-weaning", "impella-ramp"])
def test_the_text_names_every_step_every_limit_and_its_source(name: str) -> None:
    protocol = load_protocol(name)
    found = plan(protocol)
    text = found.text()
    for step in protocol.steps:
        assert f". {step.name}" in text
        for expect in step.expect:
            assert expect.metric in text
            assert expect.source in text
    assert json.loads(json.dumps(found.as_json()))["steps"][0]["name"] == protocol.steps[0].name


@pytest.mark.parametrize(
    ("time_s", "text"),
    [(0.5, "0.5 s"), (59.0, "59 s"), (60.0, "1 min"), (135.0, "2 min 15 s"), (3660.0, "1 h 01 min"), (None, "any time")],
)
def test_seconds(time_s: float | None, text: str) -> None:
    assert seconds(time_s) == text


def _defaults() -> dict[str, Any]:
    from controller.config.effective import effective

    return effective().values_by_path
