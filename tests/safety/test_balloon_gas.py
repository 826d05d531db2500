"""What the line of the balloon shows: named, and the balloon held deflated, within one beat."""

import itertools

import numpy as np
import pytest

from cext.tables.load import balloon_alarms
from controller.session.gas_watch import GasWatch

# Manual timing: it does not depend on what the line shows, so that a line made for one run fits the next.
PUMP = {"iabp.enabled": True, "iabp.trigger": "internal", "iabp.internal_bpm": 75.0, "iabp.timing": "manual"}
LINE = {"low": -200.0, "high": 400.0}
TICKS = 30000
BEAT = 800
HEALTHY = (142.0, 121.0, -12.0, 4.0)  # filling, plateau, emptying, baseline, mmHg
CODES = {alarm.name: alarm.code for alarm in balloon_alarms() if alarm.code}


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


def played(bench, scripted, inflated_at, levels, from_cycle=12, vacuum=True, **more):
    values, edges = line(inflated_at, levels, from_cycle)
    there = {"balloon_pressure_mmHg": LINE, "drive_pressure_mmHg": LINE} | ({"drive_vacuum_mmHg": LINE} if vacuum else {})
    made = bench(
        scripted(TICKS, balloon_pressure_mmHg=values, drive_vacuum_mmHg=VACUUM, drive_pressure_mmHg=250.0),
        inputs=bench.INPUTS | there,
        values_set=PUMP | more,
    )
    made.start()
    return made.run(TICKS - 500), edges[2 * from_cycle]


VACUUM = -98.0
SIGNS = {
    "kinked while empty": ("catheter-kinked", lambda _: (245.0, 248.0, 5.0, 3.0)),
    "kinked while full": ("catheter-kinked", lambda _: (142.0, 121.0, -85.0, VACUUM + 1.0)),
    "kinked while it fills": ("catheter-kinked", lambda _: (240.0, 245.0, -85.0, VACUUM + 1.0)),
    "connector off": ("balloon-disconnected", lambda _: (105.0, 55.0, -75.0, 0.0)),
    "kinked as it begins to fill": ("catheter-kinked", lambda _: (240.0, 247.0, -50.0, -50.0)),
    "blood": ("blood-detected", lambda _: (230.0, 235.0, -60.0, -30.0)),
    "burst": ("balloon-leak", lambda n: (190.0, 110.0, -60.0 - 10 * n, -22.0 - 20 * n)),
    "torn while empty": ("balloon-leak", lambda _: (142.0, 118.0, -30.0, -13.0)),
    "vacuum valve stuck shut": ("valve-stuck", lambda _: (142.0, 121.0, 70.0, 60.0)),
    "vacuum valve stuck open": ("valve-stuck", lambda _: (62.0, 60.0, -5.0, 4.0)),
    "pressure valve stuck shut": ("valve-stuck", lambda _: (5.0, 4.0, 3.0, 4.0)),
    "pressure valve stuck open": ("valve-stuck", lambda _: (142.0, 121.0, 75.0, 75.0)),
}


@pytest.mark.parametrize("sign", SIGNS)
def test_a_fault_is_named_and_the_balloon_deflated_within_a_beat(bench, scripted, inflated_at, sign):
    name, levels = SIGNS[sign]
    frames, begins = played(bench, scripted, inflated_at, levels)
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


def test_where_nobody_measures_the_vacuum_gas_that_does_not_come_back_is_a_leak(bench, scripted, inflated_at):
    frames, _ = played(bench, scripted, inflated_at, SIGNS["kinked while full"][1], vacuum=False)
    assert frames["iabp.gas_fault"][-1] == CODES["balloon-leak"]


def drift(step, most):
    return lambda n: tuple(level + step * min(n, most) for level in HEALTHY)


@pytest.mark.parametrize(("step", "name"), [(-2.0, "gas-loss"), (2.5, "gas-gain")])
def test_a_slow_change_deflates_when_it_passes_its_limit(bench, scripted, inflated_at, step, name):
    frames, begins = played(bench, scripted, inflated_at, drift(step, 20))
    fault, tick = frames["iabp.gas_fault"], frames["time.tick"]
    assert (fault[tick < begins + BEAT] == 0).all()
    found = int(tick[np.flatnonzero(fault == CODES[name])[0]])
    beyond = begins + BEAT * int(20.0 / abs(step))  # the cycle whose baseline is at the limit
    assert beyond - BEAT < found <= beyond + 2 * BEAT, "neither before its limit nor later than a beat after it"
    assert (frames["iabp.phase"][(tick > begins) & (tick < found - BEAT)] == 2).any(), "until then it assists"
    assert (frames["iabp.phase"][tick > found] != 2).all()
    assert [one.condition for one in GasWatch().look(frames) if one.priority == "high"] == [name]


def test_a_small_loss_is_told_and_support_goes_on_until_it_is_filled_up(bench, scripted, inflated_at):
    def levels(n):
        return drift(-2.0, 7)(n) if n < 14 else HEALTHY

    frames, _ = played(bench, scripted, inflated_at, levels)
    assert (frames["iabp.phase"][-2000:] == 2).any()
    told = [(one.condition, one.priority) for one in GasWatch().look(frames)]
    assert told == [("gas-low", "low"), ("gas-good", "info")]


def test_off_and_on_again_begins_anew(bench, scripted, inflated_at):
    values, _ = line(inflated_at, SIGNS["kinked while empty"][1], 12)
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


@pytest.mark.parametrize(
    ("levels", "name"),
    [
        ((142.0, 121.0, -85.0, -80.0), "autofill-failure"),
        ((190.0, 160.0, 20.0, 35.0), "high-baseline"),
        ((245.0, 248.0, 5.0, 3.0), "catheter-kinked"),
        ((30.0, 20.0, -10.0, 0.0), "autofill-failure"),  # nothing of a filled circuit, and nothing else either
    ],
)
def test_what_is_wrong_from_the_start_is_named(bench, scripted, inflated_at, levels, name):
    frames, begins = played(bench, scripted, inflated_at, lambda _: levels, from_cycle=0)
    fault, tick = frames["iabp.gas_fault"], frames["time.tick"]
    assert set(fault) == {0, CODES[name]}
    found = int(tick[np.flatnonzero(fault)[0]])
    cycles = 24 if levels[1] < 40.0 else 6
    assert (cycles - 1) * BEAT < found - begins <= (cycles + 1) * BEAT
    assert (frames["iabp.phase"][tick > found] != 2).all()


def test_without_the_watch_nothing_is_held(bench, scripted, inflated_at):
    frames, _ = played(bench, scripted, inflated_at, SIGNS["kinked while empty"][1], **{"iabp.gas_watch": False})
    assert (frames["iabp.gas_fault"] == 0).all()
    assert (frames["iabp.phase"][-2000:] == 2).any()
