"""Values as people write them: types, units, choices, ranges."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cext.tables.load import settings
from controller.config.settings import Refused, read_set, setting, value_of


@pytest.mark.parametrize(
    ("path", "given", "value"),
    [
        ("iabp.internal_bpm", 70, 70.0),
        ("iabp.internal_bpm", 70.5, 70.5),
        ("iabp.internal_bpm", "70 bpm", 70.0),
        ("iabp.internal_bpm", " 7e1bpm ", 70.0),
        ("iabp.enabled", True, True),
        ("iabp.enabled", "off", False),
        ("iabp.assist", "1:3", "1:3"),
        ("iabp.inflation_offset_ms", "-20 ms", -20.0),
        ("pump.level", "P-8", "P-8"),
    ],
)
def test_accepted(path: str, given: object, value: object) -> None:
    found = value_of(setting(path), given)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("path", "given", "what", "hint"),
    [
        ("iabp.internal_bpm", "70 mmHg", "has the unit mmHg, but iabp.internal_bpm is in bpm", ""),
        ("iabp.internal_bpm", "70", "is text", "70 without quotes"),
        ("iabp.internal_bpm", "fast", "is not a number", ""),
        ("iabp.internal_bpm", True, "is not a number", ""),
        ("iabp.internal_bpm", [70], "is not a number", ""),
        ("iabp.internal_bpm", 39.999, "is below the lowest value", ""),
        ("iabp.internal_bpm", 120.001, "is above the highest value", ""),
        ("iabp.internal_bpm", math.nan, "is not a number (NaN)", ""),
        ("iabp.internal_bpm", -math.inf, "is below the lowest value", ""),
        ("iabp.internal_bpm", 10**400, "is above the highest value", ""),
        ("iabp.internal_bpm", "1e999 bpm", "is above the highest value", ""),
        ("iabp.enabled", 1, "is not on or off", ""),
        ("iabp.enabled", "yes", "is not on or off", ""),
        ("iabp.assist", "1:9", "is not one of the choices", ""),
        ("iabp.assist", 2, "is not a word in quotes", ""),
        ("pump.level", "p-8", "is not one of the choices", "P-8"),
    ],
)
def test_refused(path: str, given: object, what: str, hint: str) -> None:
    with pytest.raises(Refused) as raised:
        value_of(setting(path), given)
    fault = raised.value.fault
    assert fault.what.startswith(what)
    assert fault.hint.startswith(hint)
    assert (fault.hint == "") == (hint == "")
    assert fault.allowed == setting(path).allowed


def test_text_of_a_command_line_needs_no_unit() -> None:
    assert value_of(setting("iabp.internal_bpm"), "70", text=True) == 70.0


@pytest.mark.parametrize(
    ("path", "what", "hint"),
    [
        ("iabp.assit", "unknown setting", "iabp.assist"),
        ("pump.assist", "unknown setting", "iabp.assist"),
        ("assist", "unknown setting", "iabp.assist"),
        ("run.step", "is set by the supervisor", ""),
        ("nothing like it at all", "unknown setting", ""),
    ],
)
def test_unknown_names(path: str, what: str, hint: str) -> None:
    with pytest.raises(Refused) as raised:
        setting(path)
    assert raised.value.fault.what.startswith(what)
    assert raised.value.fault.hint == hint


def test_three_spellings_of_a_path_are_one() -> None:
    nested, none = read_set({"iabp": {"assist": "1:2"}})
    dotted, none_too = read_set({"iabp.assist": "1:2"})
    assert nested == dotted == {"iabp.assist": "1:2"}
    assert none == none_too == []


def test_given_in_two_spellings_is_given_twice() -> None:
    values, faults = read_set({"iabp": {"assist": "1:2"}, "iabp.assist": "1:3"})
    assert values == {"iabp.assist": "1:2"}
    assert [(fault.loc, fault.what) for fault in faults] == [(("iabp.assist",), "is given twice")]


def test_a_patient_sets_nothing_but_the_patient() -> None:
    values, faults = read_set({"iabp.assist": "1:2"}, "patient")
    assert values == {}
    assert faults[0].what == "only patient.* is set here"


@given(
    path=st.sampled_from(sorted(settings())), given=st.one_of(st.floats(), st.integers(), st.booleans(), st.text(max_size=12))
)
def test_a_value_is_refused_or_encodes_within_its_range(path: str, given: object) -> None:
    row = settings()[path]
    try:
        number = row.encode(value_of(row, given))
    except Refused:
        return
    assert math.isfinite(number)
    if row.low is not None and row.high is not None:
        assert row.low <= number <= row.high
