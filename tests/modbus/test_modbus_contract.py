"""What every rig must do (tests/rigs/test_rig_contract.py), for the rig of kind ``modbus`` with a simulated drive to talk to."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from cext.rig import RIG_ABI, Rig
from cext.tables.load import inputs
from controller.config import load_drive
from rigs.hand import Hand
from rigs.registry import make

SAFE_RPM = 31000.0
ROWS_IN = {
    "pump_speed_rpm": {"wire": {"drive": "left", "quantity": "speed"}},
    "pump_current_A": {"wire": {"drive": "left", "quantity": "current"}},
    "pump_flow_L_min": {"wire": {"drive": "left", "quantity": "flow"}},
}
ROWS_OUT = {
    "pump_speed_rpm": {"rest": 0.0, "safe": SAFE_RPM, "wire": {"drive": "left", "quantity": "speed"}},
    "pump_enable": {"rest": 0.0, "safe": 1.0, "wire": {"drive": "left", "quantity": "enable"}},
}
PATIENCE_S = 20.0


@pytest.fixture
def served(serve: Callable[..., Any]) -> Any:
    return serve()


@pytest.fixture
def rig(served: Any) -> Iterator[Rig]:
    table = served.connection | {"drive": "generic", "file": load_drive("generic").model_dump()}
    made = make("modbus", ROWS_IN, ROWS_OUT, {}, 1, 1e-3, {"drives": {"left": table}})
    yield made
    made.close()


def let(hand: Hand, wanted: Callable[[], object], **outputs: float) -> None:
    """Ticks until it is so."""
    end_s = time.monotonic() + PATIENCE_S
    while not wanted():
        assert time.monotonic() < end_s
        hand.read()
        if outputs:
            hand.write(**outputs)
        time.sleep(0.001)


def test_it_says_its_abi(rig: Rig) -> None:
    assert rig.abi == RIG_ABI


def test_closed_it_answers_with_errors_and_open_it_works(rig: Rig) -> None:
    hand = Hand(rig)
    assert hand.read()[0] < 0 and hand.write() < 0
    rig.open()
    assert hand.read()[0] == hand.write() == 0
    assert hand.feed_watchdog(True) == hand.feed_watchdog(False) == 0
    rig.close()
    assert not rig.is_open
    assert hand.read()[0] < 0 and hand.write() < 0


def test_make_safe_in_any_state_any_number_of_times(rig: Rig, served: Any) -> None:
    hand = Hand(rig)
    assert hand.make_safe() == hand.make_safe() == 0
    rig.open()
    assert hand.make_safe() == hand.make_safe() == 0
    rig.close()
    rig.close()
    assert hand.make_safe() == hand.make_safe() == 0
    assert served.drive.starts == 0


def test_the_safe_values_reach_the_wire_where_the_bench_is_energised(rig: Rig, served: Any) -> None:
    hand = Hand(rig)
    rig.open()
    let(hand, lambda: served.server.requests > 10, pump_speed_rpm=0.0, pump_enable=0.0)
    hand.energise()
    let(hand, lambda: served.drive.motor.speed_rpm > 43999.0, pump_speed_rpm=44000.0, pump_enable=1.0)
    hand.make_safe()
    let(hand, lambda: served.drive.set_rpm == SAFE_RPM)
    assert served.drive.profile.driven


def test_the_rest_values_reach_the_wire_where_it_is_not(rig: Rig, served: Any) -> None:
    hand = Hand(rig)
    rig.open()
    let(hand, lambda: served.server.requests > 10, pump_speed_rpm=0.0, pump_enable=0.0)
    let(hand, lambda: served.drive.profile.driven, pump_speed_rpm=20000.0, pump_enable=1.0)
    hand.make_safe()
    let(hand, lambda: not served.drive.profile.driven)
    assert served.drive.set_rpm == 0.0


def test_every_input_has_a_value_an_age_and_a_quality(rig: Rig) -> None:
    hand = Hand(rig)
    rig.open()
    for _ in range(20):
        code, frame = hand.read()
        assert code == 0
        for i, signal in enumerate(inputs()):
            quality = int(frame["quality"][i])
            if signal.path.removeprefix("in.") in ROWS_IN:
                assert math.isfinite(frame[signal.path]) and frame["age_s"][i] >= 0.0 and quality == 0, signal.path
            else:
                assert quality == 1, "the bench has no such channel"


def test_units_are_those_of_the_table(rig: Rig, served: Any) -> None:
    hand = Hand(rig)
    rig.open()
    let(hand, lambda: served.server.requests > 10, pump_speed_rpm=0.0, pump_enable=0.0)
    let(hand, lambda: hand.read()[1]["in.pump_speed_rpm"] == 30000.0, pump_speed_rpm=30000.0, pump_enable=1.0)
    _, frame = hand.read()
    assert 0.1 < frame["in.pump_current_A"] < 2.0
    assert frame["in.pump_flow_L_min"] == pytest.approx(2.5)
