"""Progress: how often, what it says, and that it never ends a run."""

from __future__ import annotations

import asyncio
import io
import itertools

import pytest

from controller.protocol import run_protocol
from controller.protocol.progress import PlainLines, Reporter, RichBar, Standing, clock, for_stream


class Wall:
    def __init__(self):
        self.s = 0.0

    def __call__(self):
        return self.s


def standing(**keys):
    return Standing(**{"step": 1, "steps": 4, "name": "on", "text": "hold 5 s", "elapsed_s": 10.0, "remaining_s": 30.0, **keys})


def test_at_most_four_reports_a_second():
    wall, seen = Wall(), []
    reporter = Reporter(seen.append, wall)
    for millisecond in range(10_000):
        wall.s = millisecond / 1000.0
        reporter.report(lambda: standing(elapsed_s=wall.s))
    assert len(seen) == 40
    assert min(b.elapsed_s - a.elapsed_s for a, b in itertools.pairwise(seen)) >= 0.25
    reporter.report(standing, now=True)
    assert len(seen) == 41


def test_a_display_that_fails_is_dropped(scripted, protocol_of):
    calls = []

    def broken(at):
        calls.append(at)
        raise OSError("terminal gone")

    result = asyncio.run(run_protocol(protocol_of({"hold_s": 1.0}, {"hold_s": 1.0}), scripted(), progress=broken))
    assert result.verdict == "PASS"
    assert len(calls) == 1
    assert result.deviations == ["progress display failed: OSError('terminal gone')"]


def test_steps_are_counted_and_time_runs_down(scripted, protocol_of):
    seen = []
    protocol = protocol_of({"hold_s": 3.0}, {"hold_s": 2.0, "ramp": {"pump.speed_rpm": {"to": 9000.0, "over_s": 1.0}}})
    session = scripted()
    stop_s = session.value("guard.stop_ramp_s")
    asyncio.run(run_protocol(protocol, session, progress=seen.append))
    begun = {at.step: at for at in reversed(seen)}
    assert [at.step for at in seen] == [*sorted(at.step for at in seen[:-1]), 2]
    assert (begun[1].remaining_s, begun[2].remaining_s) == (pytest.approx(6.0 + stop_s), pytest.approx(3.0 + stop_s))
    assert begun[1].text == "hold 3 s"
    assert (seen[-1].done, seen[-1].text, seen[-1].fraction, seen[-1].remaining_s) == (True, "PASS", 1.0, 0.0)


def test_wall_time_left_follows_the_pace():
    wall = Wall()
    reporter = Reporter(None, wall)
    assert reporter.wall_remaining_s(0.0, 100.0) is None
    wall.s = 2.0
    assert reporter.wall_remaining_s(600.0, 300.0) == pytest.approx(1.0)


def test_wall_time_left_is_not_told_from_the_time_that_arming_takes():
    wall = Wall()
    reporter = Reporter(None, wall)
    wall.s = 0.5  # armed after half a second of wall time, in which the loop ran 24 ms
    assert reporter.wall_remaining_s(0.024, 110.0) is None, "half an hour would be a wrong answer"
    wall.s = 0.75
    assert reporter.wall_remaining_s(0.274, 109.75) == pytest.approx(109.75)


def test_plain_lines_where_there_is_no_terminal():
    stream, wall = io.StringIO(), Wall()
    lines = for_stream(stream)
    assert isinstance(lines, PlainLines)
    lines = PlainLines(stream, wall)
    lines(standing())
    lines(standing(elapsed_s=20.0))
    wall.s = 31.0
    lines(standing(elapsed_s=41.0, wall_remaining_s=65.0))
    lines(standing(text="suspended"))
    assert stream.getvalue().splitlines() == ["1/4 on: hold 5 s", "1/4 on: hold 5 s, 1:05 left", "1/4 on: suspended"]


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_bar_on_a_terminal_steps_aside_and_stays_away_when_done():
    stream = Terminal()
    bar = for_stream(stream)
    assert isinstance(bar, RichBar)
    with bar.hidden():
        pass  # before it is there
    bar(standing(name="a[b]c"))
    assert "a[b]c" in stream.getvalue()
    with bar.hidden():
        bar(standing())  # a report during a question waits
    bar.say("[an alarm]")
    assert "[an alarm]" in stream.getvalue()
    bar(standing(done=True))
    length = len(stream.getvalue())
    with bar.hidden():
        pass
    bar.close()
    assert len(stream.getvalue()) == length


@pytest.mark.parametrize(("seconds", "text"), [(0, "0:00"), (65.4, "1:05"), (3725, "1:02:05"), (-3, "0:00")])
def test_clock(seconds, text):
    assert clock(seconds) == text
