"""The bare wake-up thread: it counts every period, as a wake-up or as missed, and can be stopped and started."""

import time

import pytest

from cext.reference import WakeReference


def counted_within(reference, work):
    before = time.monotonic_ns()
    rights = reference.start()
    work()
    reference.stop()
    return rights, (time.monotonic_ns() - before) / 1e6


def test_every_period_is_a_wake_up_or_missed():
    reference = WakeReference(1000, 300)
    rights, elapsed_ms = counted_within(reference, lambda: time.sleep(0.05))
    assert [right.name for right in rights] == ["timer-slack"]
    assert rights[0].granted
    assert 1 <= reference.histogram().count + reference.missed <= elapsed_ms + 1
    assert reference.histogram().max_ns < elapsed_ms * 1e6


def test_it_counts_on_after_a_pause_and_not_during_it():
    reference = WakeReference(1000)
    counted_within(reference, lambda: time.sleep(0.01))
    first = reference.histogram().count
    time.sleep(0.01)
    assert reference.histogram().count == first > 0
    counted_within(reference, lambda: time.sleep(0.01))
    assert reference.histogram().count > first
    reference.stop()


def test_it_cannot_run_twice_at_once_and_ends_with_its_object():
    reference = WakeReference()
    reference.start()
    with pytest.raises(RuntimeError, match="runs already"):
        reference.start()
    del reference


def test_it_reports_what_it_asked_for():
    reference = WakeReference(fifo_priority=100, cpu=1023)
    rights = {right.name: right for right in reference.start()}
    reference.stop()
    assert not rights["fifo"].granted
    assert rights["fifo"].reason == "EINVAL: Invalid argument; allowed is priority 1 to 99"
    assert not rights["affinity"].granted


@pytest.mark.parametrize(("period_us", "phase_us"), [(0, 0), (1000, 1000), (1000, -1), (2_000_000, 0)])
def test_a_grid_that_cannot_be_is_refused(period_us, phase_us):
    with pytest.raises(ValueError, match="is refused: 0 <= phase < period"):
        WakeReference(period_us, phase_us)
