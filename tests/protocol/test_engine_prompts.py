"""Prompts: in real time the loop goes on meanwhile, in virtual time it stands still."""

from __future__ import annotations

import asyncio

import pytest

from controller.protocol import ProtocolRun, run_protocol


def run(protocol, session, **options):
    return asyncio.run(run_protocol(protocol, session, **options))


def test_an_answer_is_kept(scripted, protocol_of, answers):
    operator = answers("ready", "")
    session = scripted()
    result = run(protocol_of({"prompt": "Open the clamp", "hold_s": 1.0}, {"prompt": "Close it"}), session, operator=operator)
    assert result.verdict == "PASS"
    assert operator.asked == ["Open the clamp", "Close it"]
    assert [(p.outcome, p.answer) for s in result.steps for p in s.prompts] == [("answered", "ready"), ("answered", "")]
    assert session.texts("operator") == [
        "prompt: Open the clamp", "answered (ready): Open the clamp", "prompt: Close it", "answered: Close it"
    ]  # fmt: skip


def test_declining_aborts(scripted, protocol_of, answers, teardown_count):
    session = scripted()
    step = {"prompt": "Is the line flushed?", "hold_s": 1.0, "set": {"iabp.enabled": True}}
    result = run(protocol_of(step), session, operator=answers("n"))
    assert (result.verdict, result.exit_code, result.cause) == ("ABORTED", 5, "operator")
    assert result.reason == "declined (n): Is the line flushed?"
    assert not session.asked["iabp.enabled"], "the prompt comes before the settings"
    assert teardown_count(session) == 1


def test_nobody_there_is_a_deviation(scripted, protocol_of):
    result = run(protocol_of({"prompt": "Open the clamp", "hold_s": 1.0}), scripted())
    assert result.verdict == "PASS"
    assert result.steps[0].deviations == ["prompt not asked (no operator): Open the clamp"]
    assert result.steps[0].prompts[0].outcome == "not asked"


def test_no_answer_in_time_aborts_in_loop_time(scripted, protocol_of, answers):
    session, operator = scripted(realtime=True), answers(None)
    result = run(protocol_of({"prompt": "Hello?", "prompt_limit_s": 7.0, "hold_s": 1.0}), session, operator=operator)
    assert (result.verdict, result.cause) == ("ABORTED", "operator")
    assert result.reason == "no answer within 7 s: Hello?"
    assert result.steps[0].end_s == pytest.approx(7.02, abs=0.1)
    assert operator.cancelled == 1


def test_virtual_time_waits_for_the_answer(scripted, protocol_of, answers):
    session = scripted()
    operator = answers("yes")

    async def slowly(text):
        for _ in range(100):
            await asyncio.sleep(0)
        return await type(operator).ask(operator, text)

    operator.ask = slowly
    result = run(protocol_of({"prompt": "Ready?", "hold_s": 1.0}), session, operator=operator)
    assert result.steps[0].end_s - result.steps[0].start_s == pytest.approx(1.0)


def test_abort_reaches_a_prompt_in_virtual_time(scripted, protocol_of, answers):
    async def main():
        operator = answers(None)
        handle = ProtocolRun(protocol_of({"prompt": "Ready?", "hold_s": 1.0}), scripted(), operator=operator)
        task = asyncio.ensure_future(handle.run())
        while not operator.asked:
            await asyncio.sleep(0)
        handle.abort("changed my mind")
        result = await task
        assert (result.verdict, result.reason, operator.cancelled) == ("ABORTED", "changed my mind", 1)

    asyncio.run(main())


def test_an_operator_that_fails_ends_the_protocol_in_order(scripted, protocol_of, teardown_count):
    class Broken:
        async def ask(self, text):
            raise OSError("terminal gone")

    session = scripted()
    result = run(protocol_of({"prompt": "Ready?", "hold_s": 1.0}), session, operator=Broken())
    assert (result.verdict, result.cause) == ("INCOMPLETE", "error")
    assert "terminal gone" in result.reason
    assert teardown_count(session) == 1
    assert session.state == "IDLE"
