"""Quantities to registers and back: types, word orders, scales, and what does not fit."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rigs.modbus.pace import Pace
from rigs.modbus.registers import Register, blocks

TYPES = ["uint16", "int16", "uint32", "int32", "float32"]


@given(st.sampled_from(TYPES), st.sampled_from(["big", "little"]), st.floats(-1e5, 1e5), st.sampled_from([1.0, 0.1, 0.15, 2.5]))
def test_a_value_comes_back_to_the_nearest_count(kind: str, order: str, value: float, per_unit: float) -> None:
    register = Register(0, kind, per_unit)
    words = register.encode(value, order)  # type: ignore[arg-type]
    assert len(words) == register.words and all(0 <= word <= 0xFFFF for word in words)
    back = register.decode(words, order)  # type: ignore[arg-type]
    low = 0.0 if kind.startswith("u") else -math.inf
    high = {"uint16": 0xFFFF, "int16": 0x7FFF}.get(kind, math.inf) * per_unit
    low = max(low, -0x8000 * per_unit if kind == "int16" else low)
    wanted = min(max(value, low), high)
    assert back == pytest.approx(wanted, rel=1e-6, abs=0.5 * per_unit + 1e-9)


def test_known_words() -> None:
    assert Register(0, "int32").encode(-2, "big") == [0xFFFF, 0xFFFE]
    assert Register(0, "int32").encode(-2, "little") == [0xFFFE, 0xFFFF]
    assert Register(0, "float32").encode(1.0, "big") == [0x3F80, 0x0000]  # IEEE 754
    assert Register(0, "int16", 0.18310546875).encode(3000.0, "big") == [0x4000]  # 100 % of the FC profile
    assert Register(0, "int16", 0.15).encode(3000.0, "big") == [20000]  # full scale of the ABB Drives profile


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_not_sent(value: float) -> None:
    with pytest.raises(ValueError, match="cannot be sent"):
        Register(7, "float32").encode(value, "big")


def test_neighbours_are_read_in_one_request_and_nothing_that_is_not_asked_for() -> None:
    made = blocks(
        {"a": Register(3, "uint16"), "b": Register(4, "int32"), "c": Register(7, "uint16"), "d": Register(400, "uint16")}
    )
    assert [(block.address, block.count) for block in made] == [(3, 3), (7, 1), (400, 1)]
    assert made[0].decode([1, 0, 2], "big") == {"a": 1.0, "b": 2.0}


def test_no_request_is_longer_than_modbus_allows() -> None:
    made = blocks({str(i): Register(i, "uint16") for i in range(300)})
    assert max(block.count for block in made) == 125
    assert sum(block.count for block in made) == 300


@given(st.lists(st.floats(1e-4, 2.0), min_size=1, max_size=50))
def test_the_pace_never_outruns_the_drive(turnarounds: list[float]) -> None:
    pace = Pace(50.0)
    for turnaround_s in turnarounds:
        pace.measured(turnaround_s)
        assert pace.period_s >= max(1 / 50.0, 1.5 * turnaround_s) * (1 - 1e-12)
        assert pace.period_s <= max(1 / 50.0, 1.5 * max(turnarounds)) * (1 + 1e-12)
