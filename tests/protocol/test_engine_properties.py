"""Any protocol, any failure at any operation: torn down exactly once, not left running, a well-formed result."""

from __future__ import annotations

import asyncio
import json
import math

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from controller.protocol import ProtocolRun
from controller.session.errors import NotArmed, SessionEnded

EXIT = {"PASS": 0, "FAIL": 1, "ABORTED": 5, "TRIPPED": 4}
EXPECT = st.sampled_from(
    [
        {"metric": "map_mmHg", "low": 40.0, "source": "test"},
        {"metric": "map_mmHg", "high": 40.0, "source": "test"},
        {"metric": "tau_ms", "low": 0.0, "source": "test"},
    ]
)
CONDITION = st.sampled_from(
    [
        {"signal": "in.aop_mmHg", "above": 150.0, "for_s": 0.2},
        {"signal": "plant.suction", "above": 0.5},
        {"metric": "map_mmHg", "below": 45.0, "for_s": 0.5},
    ]
)
STEP = st.fixed_dictionaries(
    {},
    optional={
        "prompt": st.sampled_from(["Ready?", "Clamp open?"]),
        "set": st.sampled_from([{"iabp.enabled": True}, {"iabp.enabled": True, "iabp.assist": "1:3"}, {"iabp.enabled": False}]),
        "ramp": st.just({"pump.speed_rpm": {"to": 9000.0, "over_s": 0.3}}),
        "abort_if": st.lists(CONDITION.flatmap(lambda c: st.sampled_from([c, c | {"trip": True}])), max_size=2),
        "suspend_if": st.lists(CONDITION.map(lambda c: c | {"limit_s": 1.0, "resume_for_s": 0.1}), max_size=1),
        "repeat": st.integers(1, 3),
    },
)
HOLD = st.one_of(
    st.fixed_dictionaries({"hold_s": st.sampled_from([0.001, 0.3, 1.7])}),
    st.fixed_dictionaries({"hold_beats": st.integers(1, 3), "limit_s": st.just(2.0)}),
    st.just({"until": "steady", "limit_s": 2.5, "window_s": 0.5, "windows": 2}),
)
STEPS = st.lists(st.tuples(STEP, HOLD, st.lists(EXPECT, max_size=2)), min_size=1, max_size=3)
TEARDOWN = st.fixed_dictionaries(
    {"set": st.just({"iabp.inflation_offset_ms": -7.0})},
    optional={"hold_s": st.sampled_from([0.05, 0.4]), "ramp": st.just({"pump.speed_rpm": {"to": 0.0, "over_s": 0.2}})},
)


def raises(error):
    def fault(session):
        raise error

    return fault


def dies(session):
    session.dead = True


def to_state(state):
    def fault(session):
        session.state = state

    return fault


FAULTS = {
    "cancel": lambda session: session.task.cancel(),
    "abort": lambda session: session.handle.abort(),
    "interrupt": lambda session: session.handle.interrupt(),
    "pause": lambda session: session.handle.pause() if session.realtime else None,
    "resume": lambda session: session.handle.resume(),
    "trip": lambda session: session.trip("the script says so"),
    "stopped": to_state("ARMED"),
    "idle": to_state("IDLE"),
    "fault": to_state("FAULT"),
    "os-error": raises(OSError("gone")),
    "value-error": raises(ValueError("refused")),
    "not-armed": raises(NotArmed(["the script says so"])),
    "ended": raises(SessionEnded("the script says so")),
    "cancelled-inside": raises(asyncio.CancelledError()),
    "dead": dies,
}
PLAN = st.dictionaries(st.integers(1, 60), st.sampled_from(sorted(FAULTS)), max_size=3)
SIGNALS = {"in.aop_mmHg": lambda t: 100.0 + 80.0 * (t % 3.0 > 2.4), "plant.suction": lambda t: 1.0 * (t % 4.0 > 3.5)}


def well_formed(result):
    data = json.loads(json.dumps(result.as_dict(), allow_nan=False))
    assert data["exit_code"] == (4 if result.cause == "not-armed" else EXIT.get(result.verdict, 1))
    kinds = [s.verdict for s in result.steps]
    run = [k for k in kinds if k in ("pass", "fail")]
    rest = kinds[len(run) :]
    assert kinds[: len(run)] == run, "steps that were run to their end come first"
    assert rest == ["aborted"] * (rest[:1] == ["aborted"]) + ["not-run"] * (len(rest) - (rest[:1] == ["aborted"]))
    assert (result.verdict == "PASS") == (result.cause == "completed" and all(k == "pass" for k in kinds))
    assert (result.verdict in ("PASS", "FAIL")) <= (not rest)
    assert bool(result.reason) == (result.cause != "completed")
    last = result.start_s
    for step in result.steps:
        assert (step.start_s is None) == (step.end_s is None) == (step.verdict == "not-run")
        if step.start_s is not None:
            assert last <= step.start_s <= step.end_s <= result.end_s
            last = step.end_s
            assert all(v is None or math.isfinite(v) for v in step.metrics.values())
        assert (step.verdict == "fail") == bool(step.failures)
        assert (step.verdict == "pass") <= all(limit.verdict == "pass" for limit in step.limits)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=STEPS,
    teardown=TEARDOWN,
    plan=PLAN,
    realtime=st.booleans(),
    said=st.lists(st.sampled_from(["", "n", "yes", None]), min_size=9, max_size=9),
    asystole_s=st.sampled_from([math.inf, 1.5, 0.0]),
)
def test_torn_down_once_and_not_left_running(
    scripted, protocol_of, answers, teardown_count, steps, teardown, plan, realtime, said, asystole_s
):
    protocol = protocol_of(*({**step, **hold, "expect": limits} for step, hold, limits in steps), teardown=teardown)
    session = scripted(
        signals=SIGNALS,
        metric=lambda t, s: {"map_mmHg": 40.0 if 4.0 < t < 6.0 else 50.0, "tau_ms": None},
        asystole_s=asystole_s,
        realtime=realtime,
        faults={n: FAULTS[kind] for n, kind in plan.items()},
    )
    # who never answers is waited for in real time only, where the prompt's limit is loop time
    said = [a if realtime or a is not None else "" for a in said]
    if None in said:
        protocol = protocol_of(
            *(
                {**step, **hold, "expect": limits, **({"prompt_limit_s": 0.7} if "prompt" in step else {})}
                for step, hold, limits in steps
            ),
            teardown=teardown,
        )

    async def main():
        session.task = asyncio.current_task()
        session.handle = ProtocolRun(protocol, session, operator=answers(*said, *[""] * 20))
        if "pause" in plan.values():  # somebody who paused resumes at last
            session.faults[80] = FAULTS["resume"]
        result = await session.handle.run()
        assert not session.task.cancelling(), "what was acted upon is used up"
        return result

    result = asyncio.run(main())
    well_formed(result)
    assert teardown_count(session) == 1
    if not session.dead:  # a dead loop is the hardware watchdog's business
        assert session.state not in ("RUNNING", "STOPPING")
    if session.noticed:
        assert result.verdict == "TRIPPED"
    if session.state in ("SAFE", "FAULT"):
        assert result.verdict == "TRIPPED"
    if not plan:
        assert session.state in ("IDLE", "SAFE")
        assert result.teardown in ("done", "settings only")
