"""What one step does, in which order, and what it says of itself."""

from __future__ import annotations

import asyncio
import json
import math

import pytest

from controller.protocol import ProtocolRun, run_protocol


def run(protocol, session, **options):
    return asyncio.run(run_protocol(protocol, session, **options))


def test_steps_in_order_to_the_tick(scripted, protocol_of, teardown_count):
    session = scripted()
    protocol = protocol_of(
        {"hold_s": 1.234, "set": {"iabp.enabled": True}},
        {"hold_s": 0.5, "ramp": {"pump.speed_rpm": {"to": 20000.0, "over_s": 0.7}}},
    )
    result = run(protocol, session)
    first, second = result.steps
    assert (result.verdict, result.exit_code, result.cause) == ("PASS", 0, "completed")
    assert first.end_s - first.start_s == pytest.approx(1.234, abs=1e-9)
    assert second.end_s - second.start_s == pytest.approx(1.2, abs=1e-9), "the hold begins when the ramp has ended"
    asked = [values for _, values, _ in session.sets]
    assert asked[:4] == [{"run.step": 1}, {"iabp.enabled": True}, {"run.step": 2}, {"pump.speed_rpm": 20000.0}]
    assert session.sets[3][2] == 0.7
    assert teardown_count(session) == 1
    assert session.commands == ["arm", "start", "stop", "disarm"]
    assert session.state == "IDLE"


def test_repeats_run_as_planned(scripted, protocol_of):
    protocol = protocol_of(
        {"hold_s": 0.1}, {"hold_s": 0.1, "repeat": 2}, {"hold_s": 0.1}, {"hold_s": 0.1, "repeat": 2, "repeat_from": "step-3"}
    )
    result = run(protocol, scripted())
    assert [(s.name, s.repetition) for s in result.steps] == [
        ("step-1", 1), ("step-2", 1), ("step-2", 2), ("step-3", 1), ("step-4", 1), ("step-3", 2), ("step-4", 2)
    ]  # fmt: skip
    assert [s.number for s in result.steps] == list(range(1, 8))
    assert result.verdict == "PASS"


def test_metrics_are_of_whole_beats_within_the_window(scripted, protocol_of):
    # MAP rises by 1 a beat of .8 s: beats that began before the last 3 s of the hold must not be seen
    session = scripted(metric=lambda t, s: {"map_mmHg": t / 0.8})
    result = run(protocol_of({"hold_s": 10.0, "measure_s": 3.0}), session)
    step = result.steps[0]
    from_s = step.end_s - 3.0
    seen = [n for n in range(1, 40) if (n - 1) * 0.8 >= from_s - 1e-9 and n * 0.8 <= step.end_s + 1e-9]
    assert step.window["beats"] == len(seen) == 3
    assert step.metrics["map_mmHg"] == pytest.approx(sum(seen) / len(seen))
    assert step.window["start_s"] == pytest.approx((seen[0] - 1) * 0.8)
    assert step.sd["map_mmHg"] > 0.0


def test_window_is_of_whole_assist_groups(scripted, protocol_of):
    # every fourth beat is assisted and 40 higher: only windows of 4, 8, … beats have the mean 60
    def metric(t, session):
        return {"aop_systolic_mmHg": 50.0 + 40.0 * (round(t / 0.8) % 4 == 0)}

    session = scripted(metric=metric)
    result = run(protocol_of({"hold_s": 8.5, "set": {"iabp.enabled": True, "iabp.assist": "1:4"}}), session)
    assert result.steps[0].window["beats"] == 8
    assert result.steps[0].metrics["aop_systolic_mmHg"] == pytest.approx(60.0)


def test_a_step_outside_its_limits_fails_and_the_rest_is_run(scripted, protocol_of):
    limit = {"metric": "map_mmHg", "low": 60.0, "source": "test"}
    result = run(protocol_of({"hold_s": 2.0, "expect": [limit]}, {"hold_s": 2.0}), scripted())
    assert [s.verdict for s in result.steps] == ["fail", "pass"]
    assert (result.verdict, result.exit_code) == ("FAIL", 1)
    assert result.steps[0].failures == ["map_mmHg is 50 mmHg, below 60 mmHg"]


def test_no_beat_no_pass(scripted, protocol_of):
    limit = {"metric": "map_mmHg", "low": 0.0, "source": "test"}
    result = run(protocol_of({"hold_s": 2.0, "expect": [limit]}), scripted(asystole_s=0.0))
    step = result.steps[0]
    assert step.verdict == "fail"
    assert step.metrics["map_mmHg"] is None
    assert "no whole beat" in step.reasons["map_mmHg"]
    assert "no whole beat" in step.failures[0]


def test_hold_counts_whole_beats_of_its_own(scripted, protocol_of):
    step = run(protocol_of({"hold_beats": 5}), scripted()).steps[0]
    assert step.window["beats"] == 5
    assert step.verdict == "pass"
    # beats end at multiples of .8 s; the first that began in the hold is the second
    assert step.window["start_s"] == pytest.approx(0.8)
    assert 4.8 <= step.end_s < 4.9


def test_beats_that_do_not_come_fail_the_step_at_its_limit(scripted, protocol_of):
    step = run(protocol_of({"hold_beats": 5, "limit_s": 6.0}), scripted(asystole_s=2.5)).steps[0]
    assert step.verdict == "fail"
    assert step.end_s - step.start_s == pytest.approx(6.0)
    assert step.failures == step.deviations == ["2 of 5 beats within 6 s"]


def settling(t, session):
    return {"map_mmHg": 60.0 + 40.0 * 0.5 ** (t / 3.0)}


def test_until_steady_ends_when_windows_agree(scripted, protocol_of):
    step = {"until": "steady", "limit_s": 60.0, "window_s": 3.0, "windows": 3, "within": {"map_mmHg": 1.0}}
    found = run(protocol_of(step), scripted(metric=settling)).steps[0]
    assert found.verdict == "pass"
    assert found.window["beats"] == 4

    # means over windows of 4 beats, each next one 2^(-3.2/3) of the one before: three span less than 1 mmHg at rest r with
    # r (2^(6.4/3) - 1) <= 1; one beat earlier they did not
    rest = found.metrics["map_mmHg"] - 60.0
    assert rest * (2 ** (6.4 / 3.0) - 1.0) <= 1.0
    assert rest * 2 ** (0.8 / 3.0) * (2 ** (6.4 / 3.0) - 1.0) > 1.0


def test_never_steady_fails_at_the_limit_and_says_what_moved(scripted, protocol_of):
    step = {"until": "steady", "limit_s": 20.0, "window_s": 3.0, "windows": 2, "within": {"map_mmHg": 1.0}}
    found = run(protocol_of(step), scripted(metric=lambda t, s: {"map_mmHg": 2.0 * t})).steps[0]
    assert found.verdict == "fail"
    assert found.end_s - found.start_s == pytest.approx(20.0)
    assert found.failures[0].startswith("not steady within 20 s: map_mmHg differs by 6.4 mmHg between windows")
    assert found.window["beats"] == 4, "limits see the last window, steady or not"


def test_a_metric_that_is_asked_to_be_steady_must_exist(scripted, protocol_of):
    step = {"until": "steady", "limit_s": 9.0, "window_s": 2.0, "windows": 2, "within": {"map_mmHg": 1.0, "tau_ms": 1.0}}
    found = run(protocol_of(step), scripted(metric=lambda t, s: {"tau_ms": None})).steps[0]
    assert found.failures == ["not steady within 9 s: tau_ms: the script says so"]


def test_windows_hold_whole_breaths(scripted, protocol_of):
    # a breath of 4 s moves MAP by 10: windows of 5 beats of .8 s see nothing of it, of 3 or 4 beats they would
    session = scripted(metric=lambda t, s: {"map_mmHg": 80.0 + 10.0 * math.sin(2 * math.pi * (t - 0.4) / 4.0)})
    session.asked |= {"patient.breathing": "spontaneous", "patient.breathing_rate_bpm": 15.0}
    step = {"until": "steady", "limit_s": 60.0, "window_s": 2.0, "windows": 3, "within": {"map_mmHg": 0.01}}
    found = run(protocol_of(step), session).steps[0]
    assert found.verdict == "pass"
    assert found.metrics["map_mmHg"] == pytest.approx(80.0, abs=0.01)
    assert found.window["beats"] == 5


def test_fibrillation_needs_sixty_beats_a_window(scripted, protocol_of):
    session = scripted()
    session.asked["patient.rhythm"] = "af"
    step = {"until": "steady", "limit_s": 200.0, "windows": 2, "within": {"map_mmHg": 1.0}}
    found = run(protocol_of(step), session).steps[0]
    assert found.window["beats"] == 60
    assert found.end_s > 120 * 0.8


def test_a_wired_bench_has_no_known_breath(scripted, protocol_of):
    session = scripted(offers=frozenset({"iabp"}))
    session.asked["patient.breathing"] = "spontaneous"
    found = run(protocol_of({"until": "steady", "limit_s": 60.0, "window_s": 2.0, "windows": 2}), session).steps[0]
    assert found.window["beats"] == 3


def test_a_long_hold_keeps_ten_minutes_of_beats(scripted, protocol_of):
    session = scripted(beat_s=20.0)
    found = run(protocol_of({"hold_s": 3000.0}), session).steps[0]
    assert found.window["beats"] == 29
    assert found.window["duration_s"] == pytest.approx(580.0)


def test_summary_is_plain_json(scripted, protocol_of):
    limit = {"metric": "map_mmHg", "low": 60.0, "source": "test"}
    session = scripted(metric=lambda t, s: {"tau_ms": None})
    result = run(protocol_of({"hold_s": 2.0, "expect": [limit], "prompt": "Ready?"}), session)
    back = json.loads(json.dumps(result.as_dict(), allow_nan=False))
    assert back["verdict"] == "FAIL"
    step = back["steps"][0]
    assert {"name", "start_s", "end_s", "verdict", "metrics", "limits"} <= step.keys()
    assert step["metrics"]["tau_ms"] is None
    assert step["limits"][0]["value"] == 50.0


def test_a_run_is_run_once(scripted, protocol_of):
    async def twice():
        run = ProtocolRun(protocol_of({"hold_s": 0.2}), scripted())
        await run.run()
        with pytest.raises(RuntimeError, match="begun already"):
            await run.run()

    asyncio.run(twice())


def test_overrides_are_handed_to_arming(scripted, protocol_of):
    header = {"name": "test", "title": "A test", "requires": ["iabp", "impella", "patient-model"], "override": ["iabp-in-ar"]}
    session = scripted()
    run(protocol_of({"hold_s": 0.2}, protocol=header), session)
    assert session.override == ("iabp-in-ar",)
