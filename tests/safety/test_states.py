"""The state machine over all states × single conditions × pairs, against what the rows mean, said again in Python.

`meaning` is written from docs (architecture, adr/0003), as sentences about the bench, not as rows.
"""

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cext.states import StateMachine, drawing, following
from cext.tables.load import STATES, conditions

NAMES = [c.name for c in conditions()]
TRIPS = {c.name for c in conditions() if c.trip}
ACTIVE = {"ARMED", "RUNNING", "STOPPING"}
CASES = [(s, set()) for s in STATES]
CASES += [(s, {c}) for s in STATES for c in NAMES]
CASES += [(s, set(pair)) for s in STATES for pair in combinations(NAMES, 2)]
CASES += [(s, set(three)) for s in STATES for three in combinations(NAMES, 3)]


def meaning(state, present):
    """Where the machine is after a tick, by what the words mean."""
    tripped, has = bool(present & TRIPS), present.__contains__
    if state == "FAULT" or has("unrecoverable"):
        return "FAULT"
    if state == "SAFE":
        return "INIT" if has("reset") and not tripped and not has("stop") else "SAFE"
    if tripped:
        return "SAFE"
    if state == "INIT":
        return "IDLE" if has("ready") else "INIT"
    held_down = has("stop") or has("heartbeat_late")
    if state == "IDLE":
        return "ARMED" if has("arm") and has("ready") and not held_down else "IDLE"
    if state == "RUNNING":
        return "STOPPING" if held_down else "RUNNING"
    if state == "STOPPING":
        return "ARMED" if has("ramped_down") else "STOPPING"
    if has("stop") or has("disarm") or has("arm_timeout"):
        return "IDLE"
    return "RUNNING" if has("start") and not has("heartbeat_late") else "ARMED"


def test_all_states_and_up_to_three_conditions():
    wrong = [(s, sorted(c), following(s, c), meaning(s, c)) for s, c in CASES if following(s, c) != meaning(s, c)]
    assert not wrong, wrong[:10]
    assert len(CASES) == len(STATES) * (1 + 20 + 190 + 1140)


class TestWhatMustHold:
    """Sentences about every case, without a model."""

    def test_trips_win(self):
        for state, present in CASES:
            if state not in ("FAULT",) and present & TRIPS and "unrecoverable" not in present:
                assert following(state, present) == "SAFE", (state, present)

    def test_fault_is_final(self):
        assert {following("FAULT", present) for _, present in CASES} == {"FAULT"}

    def test_only_idle_leads_to_armed_from_rest(self):
        sources = {s for s, present in CASES if following(s, present) in ACTIVE and s not in ACTIVE}
        assert sources == {"IDLE"}

    def test_running_is_entered_from_armed_by_a_start_only(self):
        for state, present in CASES:
            if state != "RUNNING" and following(state, present) == "RUNNING":
                assert state == "ARMED"
                assert "start" in present

    def test_safe_is_left_by_a_reset_with_everything_clear_or_for_fault(self):
        for state, present in CASES:
            after = following(state, present)
            if state == "SAFE" and after != "SAFE":
                assert (after == "FAULT" and "unrecoverable" in present) or (
                    after == "INIT" and "reset" in present and not present & TRIPS and "stop" not in present
                )

    def test_nothing_but_the_safe_states_answers_a_held_stop_with_more_power(self):
        power = {"INIT": 0, "IDLE": 0, "SAFE": 0, "FAULT": 0, "ARMED": 1, "STOPPING": 2, "RUNNING": 3}
        for state, present in CASES:
            if "stop" in present:
                assert power[following(state, present)] <= power[state], (state, present)

    def test_the_order_of_names_does_not_matter(self):
        for state, present in CASES[:400]:
            assert following(state, sorted(present)) == following(state, sorted(present, reverse=True))


ticks = st.lists(st.sets(st.sampled_from(NAMES), max_size=5), min_size=1, max_size=60)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(ticks)
def test_harm_heal_and_latch(history):
    """The machine against one that looks at the whole history of causes at every tick."""
    machine = StateMachine()
    latched, state, first = set(), "INIT", None
    present_before = dict.fromkeys(NAMES, False)
    for n, _ in enumerate(history):
        present = set()
        for c in conditions():
            seen = [c.name in causes for causes in history[: n + 1]]
            if len(seen) >= c.harm and all(seen[-c.harm :]):
                now = True
            elif len(seen) >= c.heal and not any(seen[-c.heal :]):
                now = False
            else:
                now = present_before[c.name]
            present_before[c.name] = now
            if now:
                present.add(c.name)
        stays = {c.name for c in conditions() if c.clears != "live"} & present
        new = [name for name in NAMES if name in stays and name in TRIPS]
        if first is None and new:
            first = new[0]
        if "reset" in present and "stop" not in present:
            latched = {name for name in latched if name in present or name == "unrecoverable"}
        latched |= stays
        if not latched & TRIPS:
            first = None
        state = meaning(state, present | latched)
        assert machine.step(history[n]) == state
        assert set(machine.latched) == latched
        assert machine.first_trip == first


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.lists(st.sets(st.sampled_from(NAMES), max_size=4), max_size=40))
def test_fault_never_ends_and_unrecoverable_never_clears(history):
    machine = StateMachine()
    machine.step({"unrecoverable"})
    for causes in history:
        assert machine.step(causes) == "FAULT"
    assert "unrecoverable" in machine.latched


def test_input_lost_counts_6_ticks_in_a_row():
    machine = StateMachine()
    for _ in range(10):
        for _ in range(5):
            assert machine.step({"input_lost"}) == "INIT"
        machine.step(set())
    for _ in range(5):
        machine.step({"input_lost"})
    assert machine.step({"input_lost"}) == "SAFE"


def test_unknown_names_are_refused():
    with pytest.raises(ValueError, match="nonsense"):
        following("IDLE", {"nonsense"})


def test_the_drawing_shows_every_row():
    text = drawing()
    assert text.count("\n") == 8
    assert text.splitlines()[0].endswith("FAULT: unrecoverable")
