"""Clocks: the grid of wake-ups, with time as an argument; virtual time to the bit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cext.clock import Clock, MonotonicClock, StepClock

PERIOD_NS = 1_000_000


def test_on_time_and_a_little_late_nothing_is_missed():
    clock = StepClock()
    assert clock.woken(1_000_000) == (1_000_000, 0, 0)
    assert clock.woken(2_000_000 + 999_999) == (2_000_000, 999_999, 0)
    assert clock.next_ns == 3_000_000, "lateness does not move the grid"


@pytest.mark.parametrize(
    ("late_ns", "missed"), [(1_000_000, 1), (1_000_001, 1), (1_999_999, 1), (2_000_000, 2), (50_300_000, 50)]
)
def test_a_miss_advances_by_whole_periods_and_is_counted(late_ns, missed):
    clock = StepClock()
    assert clock.woken(PERIOD_NS + late_ns) == (PERIOD_NS * (1 + missed), late_ns, missed)
    assert (clock.missed, clock.next_ns) == (missed, PERIOD_NS * (2 + missed))


@given(st.lists(st.integers(0, 20 * PERIOD_NS), min_size=1, max_size=50), st.sampled_from([1, 100, 1000, 20_000]))
def test_the_grid_holds_whatever_the_delays(delays_ns, period_us):
    clock, last = StepClock(period_us), 0
    for ticks, delay_ns in enumerate(delays_ns, start=1):
        due = clock.next_ns
        planned, lateness, _ = clock.woken(due + delay_ns)
        assert planned % clock.period_ns == 0
        assert last < planned <= due + delay_ns < planned + clock.period_ns
        assert lateness == delay_ns, "lateness counts from the instant asked for, nothing is hidden"
        assert planned == (ticks + clock.missed) * clock.period_ns, "every period is either a tick or counted as missed"
        last = planned


def test_a_wake_up_that_seems_early_is_not_negative():
    assert StepClock().woken(0) == (PERIOD_NS, 0, 0)


def test_virtual_time_is_a_function_of_the_steps_alone():
    def run():
        clock = StepClock(250)
        return [(*clock.sleep(), clock.now()) for _ in range(1000)]

    assert run() == run() == [(k * 250_000, 0, 0, k * 250_000) for k in range(1, 1001)]


def test_monotonic_time_wakes_on_its_grid_and_never_early():
    clock = MonotonicClock(500)
    first = clock.next_ns
    for _ in range(20):
        due = clock.next_ns
        planned, lateness, missed = clock.sleep()
        assert (planned - first) % 500_000 == 0
        assert planned == due + missed * 500_000
        assert clock.now() >= due + lateness >= planned
    assert clock.next_ns == first + (20 + clock.missed) * 500_000


def test_a_late_monotonic_wake_up_is_counted():
    clock = MonotonicClock()
    due = clock.next_ns
    assert clock.woken(due + 3_500_000) == (due + 3_000_000, 3_500_000, 3)


def test_restart_puts_a_new_grid_and_forgets_the_misses():
    clock = StepClock()
    clock.woken(10_000_000)
    clock.restart()
    assert (clock.missed, clock.next_ns) == (0, PERIOD_NS)
    real = MonotonicClock()
    before = real.now()
    real.restart()
    assert before + PERIOD_NS <= real.next_ns <= real.now() + PERIOD_NS


@pytest.mark.parametrize("period_us", [0, -1, 1_000_001])
@pytest.mark.parametrize("kind", [Clock, StepClock, MonotonicClock])
def test_a_period_out_of_range_is_refused(kind, period_us):
    with pytest.raises(ValueError, match=f"period = {period_us} us is refused"):
        kind(period_us)
