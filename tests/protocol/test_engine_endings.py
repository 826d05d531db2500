"""How a protocol ends: operator, conditions, stop, trip, exceptions; and what is left behind."""

from __future__ import annotations

import asyncio

import pytest

from controller.protocol import ProtocolRun, run_protocol
from controller.session.errors import SessionEnded


def run(protocol, session, **options):
    async def main():
        session.task = asyncio.current_task()
        return await run_protocol(protocol, session, **options)

    return asyncio.run(main())


def at(second, act):
    """A wave of the script that calls `act` once when loop time reaches `second`."""
    done = []

    def metric(t, session):
        if t >= second and not done:
            done.append(t)
            act(session)
        return {}

    return metric


LONG = {"hold_s": 20.0, "expect": [{"metric": "map_mmHg", "low": 60.0, "source": "test"}]}


def check_aborted(result, session, teardown_count):
    assert [s.verdict for s in result.steps] == ["aborted", "not-run"]
    assert (result.verdict, result.exit_code) == ("ABORTED", 5)
    first, second = result.steps
    assert first.start_s is not None and first.end_s is not None
    assert first.metrics["map_mmHg"] == pytest.approx(50.0), "what was measured until then is kept"
    assert [limit.verdict for limit in first.limits] == ["not-run"], "but not judged"
    assert second.start_s is second.end_s is None
    assert teardown_count(session) == 1
    assert session.commands == ["arm", "start", "stop", "disarm"]
    assert (session.state, result.teardown) == ("IDLE", "done")


def test_abort_by_the_operator(scripted, protocol_of, teardown_count):
    async def main():
        session = scripted(metric=at(3.0, lambda s: handle.abort("enough seen")))
        handle = ProtocolRun(protocol_of(LONG, LONG), session)
        return session, await handle.run()

    session, result = asyncio.run(main())
    check_aborted(result, session, teardown_count)
    assert (result.cause, result.reason) == ("operator", "enough seen")
    assert result.steps[0].end_s == pytest.approx(3.22, abs=0.1)


def test_cancelling_the_task_aborts_and_is_used_up(scripted, protocol_of, teardown_count):
    async def main():
        session = scripted(metric=at(3.0, lambda s: s.task.cancel()))
        session.task = asyncio.current_task()
        result = await run_protocol(protocol_of(LONG, LONG), session)
        assert not session.task.cancelling()
        await asyncio.sleep(0)
        return session, result

    session, result = asyncio.run(main())
    check_aborted(result, session, teardown_count)
    assert result.cause == "interrupt"


def test_interrupt_aborts_and_a_second_one_in_the_teardown_trips(scripted, protocol_of, teardown_count):
    async def main(again):
        protocol = protocol_of(LONG, LONG, teardown={"set": {"iabp.inflation_offset_ms": -7.0}, "hold_s": 5.0})
        session = scripted()
        handle = ProtocolRun(protocol, session)

        def metric(t, s):
            if t == pytest.approx(3.2) or (again and t == pytest.approx(5.6)):
                handle.interrupt()
            return {}

        session.metric = metric
        return session, await handle.run()

    session, result = asyncio.run(main(again=False))
    check_aborted(result, session, teardown_count)
    session, result = asyncio.run(main(again=True))
    assert (result.verdict, result.exit_code, result.cause) == ("TRIPPED", 4, "trip")
    assert session.state == "SAFE"
    assert result.tripped == ("trip_request",)
    assert "interrupted" in result.deviations[0], "how it ended before the trip is kept"
    assert teardown_count(session) == 1
    assert session.t_s < 6.0, "a trip does not wait for the hold of the teardown"


def test_one_interrupt_in_the_teardown_of_a_finished_protocol_only_warns(scripted, protocol_of):
    def go(times):
        async def main():
            session = scripted()
            session.task = asyncio.current_task()

            def metric(t, s):
                if s.texts("step")[-1:] == ["teardown"] and s.commands.count("interrupt") < times:
                    s.commands.append("interrupt")
                    s.task.cancel()
                return {}

            session.metric = metric
            teardown = {"set": {"iabp.inflation_offset_ms": -7.0}, "hold_s": 5.0}
            return session, await run_protocol(protocol_of({"hold_s": 1.0}, teardown=teardown), session)

        return asyncio.run(main())

    session, result = go(1)
    assert (result.verdict, session.state) == ("PASS", "IDLE")
    assert any("once more trips" in text for text in session.texts("operator"))
    session, result = go(2)
    assert (result.verdict, session.state) == ("TRIPPED", "SAFE")


def test_abort_during_the_teardown_changes_nothing(scripted, protocol_of):
    async def main():
        session = scripted()
        handle = ProtocolRun(protocol_of({"hold_s": 1.0}, teardown={"hold_s": 4.0}), session)
        session.metric = at(3.0, lambda s: handle.abort())
        return await handle.run()

    assert asyncio.run(main()).verdict == "PASS"


def test_a_stop_at_the_bench_ends_the_protocol(scripted, protocol_of, teardown_count):
    def stopped(session):
        session.state = "ARMED"

    session = scripted(metric=at(3.0, stopped))
    result = run(protocol_of(LONG, LONG), session)
    assert (result.verdict, result.cause) == ("ABORTED", "stop")
    assert "ARMED" in result.reason
    assert result.teardown == "settings only", "nothing is energised: no ramps and no waiting"
    assert session.commands == ["arm", "start", "disarm"]
    assert teardown_count(session) == 1


def test_a_trip_leaves_the_rule_to_the_machine(scripted, protocol_of, teardown_count):
    session = scripted(metric=at(3.0, lambda s: s.trip("pressure")))
    protocol = protocol_of(LONG, LONG, teardown={"set": {"iabp.inflation_offset_ms": -7.0}, "hold_s": 50.0})
    result = run(protocol, session)
    assert (result.verdict, result.exit_code, result.cause) == ("TRIPPED", 4, "trip")
    assert result.tripped == ("trip_request",)
    assert [s.verdict for s in result.steps] == ["aborted", "not-run"]
    assert session.commands == ["arm", "start", "trip"], "no stop, no disarm, no reset"
    assert session.state == "SAFE"
    assert (teardown_count(session), result.teardown) == (1, "settings only")
    assert session.t_s < 4.0


def test_a_trip_during_the_teardown_is_the_verdict(scripted, protocol_of):
    session = scripted(metric=at(3.0, lambda s: s.trip("pressure")))
    result = run(protocol_of({"hold_s": 1.0}, teardown={"hold_s": 9.0}), session)
    assert (result.verdict, session.state) == ("TRIPPED", "SAFE")
    assert "during the teardown" in result.reason


def test_ramp_of_the_teardown_is_waited_for(scripted, protocol_of):
    teardown = {"ramp": {"pump.speed_rpm": {"to": 0.0, "over_s": 4.0}}, "hold_s": 2.0}
    session = scripted()
    result = run(protocol_of({"hold_s": 1.0}, teardown=teardown), session)
    assert result.end_s - result.steps[-1].end_s == pytest.approx(6.02, abs=0.001)


def test_an_arming_that_is_refused_gives_every_reason(scripted, protocol_of, teardown_count):
    def refuse(session):
        session.state = "INIT"

    session = scripted(faults={1: refuse})
    result = run(protocol_of(LONG, LONG), session)
    assert (result.verdict, result.exit_code, result.cause) == ("INCOMPLETE", 4, "not-armed")
    assert "arm was not followed" in result.reason
    assert [s.verdict for s in result.steps] == ["not-run", "not-run"]
    assert teardown_count(session) == 1


def test_an_exception_is_kept_and_torn_down(scripted, protocol_of, teardown_count):
    def fail(session):
        raise OSError("no such device")

    session = scripted(metric=at(3.0, fail))
    result = run(protocol_of(LONG, LONG), session)
    assert (result.verdict, result.exit_code, result.cause) == ("INCOMPLETE", 1, "error")
    assert isinstance(result.error, OSError)
    assert "no such device" in result.reason
    assert teardown_count(session) == 1
    assert session.state == "IDLE"


def test_a_refused_setting_ends_the_protocol(scripted, protocol_of, teardown_count):
    session = scripted(faults={6: lambda s: s.set({"pump.speed_rpm": 1e9})})
    result = run(protocol_of({"hold_s": 1.0, "set": {"iabp.enabled": True}}), session)
    assert result.cause == "error"
    assert "refused" in result.reason
    assert teardown_count(session) == 1


def test_teardown_settings_that_fail_do_not_keep_the_machine_running(scripted, protocol_of):
    session = scripted()
    plain = session.set

    def fails(values, ramp_s=0.0):
        if "iabp.inflation_offset_ms" in values:
            raise ValueError("refused today")
        plain(values, ramp_s)

    session.set = fails
    result = run(protocol_of({"hold_s": 1.0}), session)
    assert result.teardown == "failed: settings not accepted: refused today"
    assert session.commands == ["arm", "start", "stop", "disarm"]
    assert session.state == "IDLE"


def test_a_stop_that_is_not_followed_trips(scripted, protocol_of):
    session = scripted()

    async def stuck():
        session.commands.append("stop")

    session.stop = stuck
    result = run(protocol_of({"hold_s": 1.0}), session)
    assert session.commands == ["arm", "start", "stop", "trip"]
    assert (result.verdict, session.state) == ("TRIPPED", "SAFE")
    assert "still RUNNING" in result.reason


def test_a_dead_loop_ends_in_a_result(scripted, protocol_of, teardown_count):
    def die(session):
        session.dead = True

    session = scripted(metric=at(3.0, die))
    result = run(protocol_of(LONG, LONG), session)
    assert (result.verdict, result.exit_code, result.cause) == ("TRIPPED", 4, "fault")
    assert "thread has ended" in result.reason
    assert teardown_count(session) == 1


def test_what_must_not_be_kept_trips_and_passes_through(scripted, protocol_of):
    def leave(session):
        raise SystemExit(3)

    session = scripted(metric=at(3.0, leave))
    with pytest.raises(SystemExit):
        run(protocol_of(LONG), session)
    assert "trip" in session.commands


def test_fault_state_is_reported_as_a_fault(scripted, protocol_of):
    def fault(session):
        session.state = "FAULT"
        raise SessionEnded("the core is in FAULT: restart the process")

    result = run(protocol_of(LONG), scripted(metric=at(3.0, fault)))
    assert (result.verdict, result.cause, result.exit_code) == ("TRIPPED", "fault", 4)


def test_pause_stops_the_clock_of_the_protocol_not_the_loop(scripted, protocol_of):
    async def main():
        session = scripted(realtime=True)
        handle = ProtocolRun(protocol_of({"hold_s": 10.0}), session)
        fires = {3.2: handle.pause, 7.2: handle.resume}

        def metric(t, s):
            act = fires.pop(round(t, 3), None)
            if act is not None:
                act()
            return {"map_mmHg": 1000.0 if 3.3 < t <= 7.3 else 50.0}

        session.metric = metric
        return session, await handle.run()

    _session, result = asyncio.run(main())
    step = result.steps[0]
    assert step.end_s - step.start_s == pytest.approx(14.0, abs=0.11)
    assert step.deviations == ["paused by the operator for 4 s"]
    assert step.metrics["map_mmHg"] == pytest.approx(50.0), "beats of the pause are not measured"
    assert result.verdict == "PASS"


def test_virtual_time_stands_still_while_paused(scripted, protocol_of):
    async def main():
        session = scripted()
        handle = ProtocolRun(protocol_of({"hold_s": 10.0}), session)
        session.metric = at(3.0, lambda s: handle.pause())
        task = asyncio.ensure_future(handle.run())
        while not handle.paused:
            await asyncio.sleep(0)
        for _ in range(50):
            await asyncio.sleep(0)
        tick = session.tick
        for _ in range(50):
            await asyncio.sleep(0)
        assert session.tick == tick
        handle.resume("the console")
        result = await task
        assert result.steps[0].end_s - result.steps[0].start_s == pytest.approx(10.0)
        assert result.verdict == "PASS"

    asyncio.run(main())


def test_abort_ends_a_pause(scripted, protocol_of):
    async def main():
        session = scripted()
        handle = ProtocolRun(protocol_of({"hold_s": 10.0}), session)
        session.metric = at(3.0, lambda s: handle.pause())
        task = asyncio.ensure_future(handle.run())
        while not handle.paused:
            await asyncio.sleep(0)
        handle.abort()
        return await task

    assert asyncio.run(main()).verdict == "ABORTED"
