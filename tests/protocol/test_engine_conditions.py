"""abort_if and suspend_if at work in a protocol."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from controller.protocol import run_protocol


def run(protocol, session, **options):
    return asyncio.run(run_protocol(protocol, session, **options))


def between(start, end, low, high):
    return lambda t: np.where((t >= start) & (t < end), high, low)


ABORT = {"signal": "in.aop_mmHg", "above": 150.0, "for_s": 0.5, "why": "too much"}


def test_abort_if_needs_its_time_without_a_break(scripted, protocol_of, teardown_count):
    almost = scripted(signals={"in.aop_mmHg": between(2.0, 2.5, 100.0, 160.0)})
    assert run(protocol_of({"hold_s": 5.0}, abort_if=[ABORT]), almost).verdict == "PASS"
    session = scripted(signals={"in.aop_mmHg": between(2.0, 2.501, 100.0, 160.0)})
    result = run(protocol_of({"hold_s": 5.0}, abort_if=[ABORT]), session)
    assert (result.verdict, result.cause) == ("ABORTED", "abort_if")
    assert result.reason == "in.aop_mmHg 160 mmHg above 150 mmHg for 0.5 s (too much)"
    assert result.steps[0].end_s == pytest.approx(2.52, abs=0.1), "the end of the slice in which it became true"
    assert teardown_count(session) == 1
    assert session.state == "IDLE"


def test_abort_if_with_trip_trips_at_once(scripted, protocol_of):
    session = scripted(signals={"in.aop_mmHg": between(2.0, 9.0, 100.0, 160.0)})
    result = run(protocol_of({"hold_s": 5.0}, abort_if=[ABORT | {"trip": True}]), session)
    assert (result.verdict, result.exit_code) == ("TRIPPED", 4)
    assert "tripped by the protocol: in.aop_mmHg 160 mmHg above 150 mmHg" in result.reason
    assert session.state == "SAFE"
    assert session.t_s < 3.0


def test_the_harder_of_two_conditions_wins(scripted, protocol_of):
    session = scripted(signals={"in.aop_mmHg": between(2.0, 9.0, 100.0, 160.0)})
    result = run(protocol_of({"hold_s": 5.0}, abort_if=[ABORT, ABORT | {"trip": True}]), session)
    assert result.verdict == "TRIPPED"


def test_abort_if_of_a_step_holds_in_that_step_only(scripted, protocol_of):
    session = scripted(signals={"in.aop_mmHg": between(0.0, 2.0, 100.0, 160.0)})
    protocol = protocol_of({"hold_s": 2.5}, {"hold_s": 1.0, "abort_if": [ABORT]})
    assert run(protocol, session).verdict == "PASS"


def test_abort_if_on_a_metric_lasts_from_beat_to_beat(scripted, protocol_of):
    def metric(t, s):
        return {"map_mmHg": 20.0 if t > 4.1 else 60.0}

    low = {"metric": "map_mmHg", "below": 30.0, "for_s": 3.0}
    result = run(protocol_of({"hold_s": 20.0}, abort_if=[low]), scripted(metric=metric))
    # the beat that ends at 4.8 s is the first below
    assert result.verdict == "ABORTED"
    assert result.steps[0].end_s == pytest.approx(7.82, abs=0.1)
    # no further beat comes: it stays true, a circulation at rest is not a recovery
    silent = run(protocol_of({"hold_s": 20.0}, abort_if=[low]), scripted(metric=metric, asystole_s=5.0))
    assert silent.steps[0].end_s == pytest.approx(7.82, abs=0.1)


def test_a_metric_without_a_value_changes_nothing(scripted, protocol_of):
    def metric(t, s):
        return {"map_mmHg": None if round(t / 0.8) % 2 else (20.0 if t > 4.1 else 60.0)}

    low = {"metric": "map_mmHg", "below": 30.0, "for_s": 3.0}
    result = run(protocol_of({"hold_s": 20.0}, abort_if=[low]), scripted(metric=metric))
    assert (result.verdict, result.cause) == ("ABORTED", "abort_if")


def test_conditions_are_watched_while_a_prompt_waits(scripted, protocol_of, answers):
    session = scripted(realtime=True, signals={"in.aop_mmHg": between(2.0, 9.0, 100.0, 160.0)})
    operator = answers(None)
    result = run(protocol_of({"prompt": "Look", "hold_s": 1.0}, abort_if=[ABORT]), session, operator=operator)
    assert result.cause == "abort_if"
    assert operator.cancelled == 1


SUSPEND = {"signal": "plant.suction", "above": 0.5, "for_s": 0.2, "resume_for_s": 1.0, "limit_s": 10.0}


def test_suspend_if_stops_the_clock_until_it_is_good_again(scripted, protocol_of):
    session = scripted(
        signals={"plant.suction": between(3.0, 7.0, 0.0, 1.0)},
        metric=lambda t, s: {"map_mmHg": 1000.0 if 3.5 < t < 8.5 else 50.0},
    )
    result = run(protocol_of({"hold_s": 10.0}, suspend_if=[SUSPEND]), session)
    step = result.steps[0]
    # paused from 3.2 s to 8 s, decided at the ends of slices
    assert step.end_s - step.start_s == pytest.approx(14.8, abs=0.2)
    assert len(step.deviations) == 1
    assert step.deviations[0].startswith("suspended for 4.8 s: plant.suction 1 above 0.5 for 0.2 s")
    assert step.metrics["map_mmHg"] == pytest.approx(50.0), (
        "the beats of the pause, and those that reach into it, are not measured"
    )
    assert step.window["start_s"] >= 8.0
    assert result.verdict == "PASS"


def test_suspended_for_too_long_aborts(scripted, protocol_of, teardown_count):
    session = scripted(signals={"plant.suction": between(3.0, 99.0, 0.0, 1.0)})
    result = run(protocol_of({"hold_s": 10.0}, suspend_if=[SUSPEND]), session)
    assert (result.verdict, result.cause) == ("ABORTED", "suspended")
    assert result.reason.startswith("suspended for more than 10 s: plant.suction 1 above 0.5")
    assert result.steps[0].end_s == pytest.approx(13.3, abs=0.2)
    assert teardown_count(session) == 1


def test_resuming_needs_the_hysteresis(scripted, protocol_of):
    low = {"signal": "in.aop_mmHg", "below": 50.0, "resume_above": 60.0, "resume_for_s": 0.5, "limit_s": 60.0}

    def pressure(t):
        return np.where(t < 2.0, 80.0, np.where(t < 3.0, 40.0, np.where(t < 6.0, 55.0, 65.0)))

    result = run(protocol_of({"hold_s": 5.0}, suspend_if=[low]), scripted(signals={"in.aop_mmHg": pressure}))
    # 55 lies above the bound but below the value that resumes: paused from 2 s to 6.5 s
    assert result.steps[0].end_s - result.steps[0].start_s == pytest.approx(9.5, abs=0.25)


def test_limit_of_until_steady_does_not_count_a_pause(scripted, protocol_of):
    session = scripted(signals={"plant.suction": between(3.0, 7.0, 0.0, 1.0)}, metric=lambda t, s: {"map_mmHg": 10.0 * t})
    step = {"until": "steady", "limit_s": 8.0, "window_s": 1.0, "windows": 2, "within": {"map_mmHg": 1.0}}
    found = run(protocol_of(step, suspend_if=[SUSPEND]), session).steps[0]
    assert found.verdict == "fail"
    assert found.end_s - found.start_s == pytest.approx(12.8, abs=0.2)
