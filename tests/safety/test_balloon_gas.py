"""What the line of the balloon shows: named, and the balloon held deflated, within one beat."""

import itertools

import numpy as np
import pytest

from controller.session.gas_watch import FAULTS, GasWatch

# Manual timing: it does not depend on what the line shows, so that a line made for one run fits the next.
PUMP = {"iabp.enabled": True, "iabp.trigger": "internal", "iabp.internal_bpm": 75.0, "iabp.timing": "manual"}
LINE = {"low": -200.0, "high": 400.0}
TICKS = 30000
BEAT = 800
HEALTHY = (142.0, 121.0, -12.0, 4.0)  # filling, plateau, emptying, baseline, mmHg
CODES = {name: code for code, (name, _, _) in enumerate(FAULTS)}


@pytest.fixture(scope="module")
def inflated_at(bench, scripted):
    """Ticks at which a healthy balloon is told to fill."""
    made = bench(scripted(10), values_set=PUMP)
    made.start()
    frames = made.run(TICKS - 500)
    full = np.zeros(TICKS, bool)
    full[frames["time.tick"].astype(int)[frames["iabp.phase"] == 2]] = True
    return full


def line(full, levels, from_cycle):
    """Line pressure: every half cycle goes to its first level within 15 ms, after 90 ms to its second. `levels(n)`: of the n-th
    cycle from `from_cycle` on, None before that and where it is healthy."""
    edges = np.flatnonzero(np.diff(full.astype(int))) + 1
    out = np.zeros(len(full))
    for k, (begin, end) in enumerate(itertools.pairwise([*edges, len(full)])):
        cycle, filling = k // 2, k % 2 == 0
        now = (levels(cycle - from_cycle) if cycle >= from_cycle else None) or HEALTHY
        first, second = now[:2] if filling else now[2:]
        t = np.arange(end - begin)
        target = np.where(t < 90, first, second)
        value = out[begin - 1]
        for i, aim in enumerate(target):
            value += (aim - value) / 8.0
            out[begin + i] = value
    return out + np.random.default_rng(3).normal(0.0, 1.0, len(full)), edges


def played(bench, scripted, inflated_at, levels, from_cycle=12, **more):
    values, edges = line(inflated_at, levels, from_cycle)
    made = bench(
        scripted(TICKS, balloon_pressure_mmHg=values),
        inputs=bench.INPUTS | {"balloon_pressure_mmHg": LINE},
        values_set=PUMP | more,
    )
    made.start()
    return made.run(TICKS - 500), edges[2 * from_cycle]


LEVELS = {
    "catheter-kinked": lambda _: (245.0, 248.0, 5.0, 3.0),
    "balloon-disconnected": lambda _: (105.0, 55.0, -75.0, 0.0),
    "blood-detected": lambda _: (235.0, 240.0, -60.0, -30.0),
    "valve-stuck": lambda _: (142.0, 121.0, 70.0, 60.0),
    "balloon-leak": lambda n: (190.0, 110.0, -60.0 - 10 * n, -22.0 - 20 * n),
}


@pytest.mark.parametrize("name", LEVELS)
def test_a_fault_is_named_and_the_balloon_deflated_within_a_beat(bench, scripted, inflated_at, name):
    frames, begins = played(bench, scripted, inflated_at, LEVELS[name])
    tick, fault = frames["time.tick"], frames["iabp.gas_fault"]
    assert (fault[tick < begins] == 0).all(), "no false alarm before"
    found = int(tick[np.flatnonzero(fault)[0]])
    assert found - begins <= BEAT
    after = tick > found
    assert set(fault[after]) == {CODES[name]}, "the first finding gives the name, and stays"
    assert (frames["out.valve_pressure"][after] == 0.0).all()
    assert (frames["out.valve_vacuum"][after] == 1.0).all()
    told = list(GasWatch().look(frames))
    assert [(one.condition, one.priority) for one in told] == [(name, "high")]


@pytest.mark.parametrize(("step", "name"), [(-2.0, "gas-loss"), (2.5, "gas-gain")])
def test_a_slow_change_is_told_and_support_goes_on(bench, scripted, inflated_at, step, name):
    def levels(n):
        return tuple(level + step * min(n, 7) for level in HEALTHY)

    frames, begins = played(bench, scripted, inflated_at, levels)
    fault = frames["iabp.gas_fault"]
    assert (fault[frames["time.tick"] < begins + BEAT] == 0).all()
    assert set(fault[-2000:]) == {CODES[name]}
    assert (frames["iabp.phase"][-2000:] == 2).any()
    assert [(one.condition, one.priority) for one in GasWatch().look(frames)] == [(name, "medium")]


def test_off_and_on_again_begins_anew(bench, scripted, inflated_at):
    values, _ = line(inflated_at, LEVELS["catheter-kinked"], 12)
    made = bench(
        scripted(TICKS, balloon_pressure_mmHg=values), inputs=bench.INPUTS | {"balloon_pressure_mmHg": LINE}, values_set=PUMP
    )
    made.start()
    assert made.run(16000)["iabp.gas_fault"][-1] == CODES["catheter-kinked"]
    made.set("iabp.enabled", False)
    made.run(10)
    made.set("iabp.enabled", True)
    assert made.run(10)["iabp.gas_fault"][-1] == 0


def test_a_higher_aortic_pressure_is_no_fault(bench, scripted, inflated_at):
    frames, _ = played(bench, scripted, inflated_at, lambda n: (150.0, min(121.0 + n, 140.0), -12.0, 4.0))
    assert (frames["iabp.gas_fault"] == 0).all()


def test_a_circuit_that_cannot_be_filled_is_told(bench, scripted, inflated_at):
    frames, _ = played(bench, scripted, inflated_at, LEVELS["blood-detected"], from_cycle=0)
    assert frames["iabp.gas_fault"][-1] == CODES["autofill-failure"]


def test_without_the_watch_nothing_is_held(bench, scripted, inflated_at):
    frames, _ = played(bench, scripted, inflated_at, LEVELS["catheter-kinked"], **{"iabp.gas_watch": False})
    assert (frames["iabp.gas_fault"] == 0).all()
    assert (frames["iabp.phase"][-2000:] == 2).any()
