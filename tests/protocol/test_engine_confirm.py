"""A balloon on a bench without a patient model: somebody says that the loop has no aortic regurgitation, before arming."""

from __future__ import annotations

import asyncio

import pytest

from controller.protocol import run_protocol

WIRED = frozenset({"iabp"})
ON = {"set": {"iabp.enabled": True}, "hold_s": 1.0}
OFF = {"hold_s": 1.0}


def run(protocol, session, **options):
    return asyncio.run(run_protocol(protocol, session, **options))


@pytest.mark.parametrize("realtime", [True, False])
def test_a_yes_arms_and_is_on_record(scripted, protocol_of, answers, realtime):
    session, operator = scripted(offers=WIRED, realtime=realtime), answers("yes")
    assert run(protocol_of(OFF, ON), session, operator=operator).verdict == "PASS"
    assert len(operator.asked) == 1 and "aortic regurgitation of 0.1 cm2 and more" in operator.asked[0]
    assert session.texts("operator")[0].startswith("answered (yes): Balloon pump")


def test_a_no_ends_the_protocol_with_nothing_armed(scripted, protocol_of, answers):
    session = scripted(offers=WIRED)
    result = run(protocol_of(ON), session, operator=answers("n"))
    assert (result.verdict, result.reason) == ("ABORTED", "balloon pump not confirmed (n)")
    assert "arm" not in session.commands and not session.asked["iabp.enabled"]


def test_without_anybody_it_is_not_armed_and_says_what_would(scripted, protocol_of):
    session = scripted(offers=WIRED)
    result = run(protocol_of(ON), session)
    assert result.cause == "not-armed" and 'override = ["iabp-in-ar"]' in result.reason
    assert "arm" not in session.commands


@pytest.mark.parametrize(
    ("offers", "steps", "header"),
    [(WIRED, [OFF], {}), (WIRED | {"patient-model"}, [ON], {}), (WIRED, [ON], {"override": ["iabp-in-ar"]})],
    ids=["no balloon", "a patient model tells", "named by the protocol"],
)
def test_nobody_is_asked_where_there_is_nothing_to_ask(scripted, protocol_of, answers, offers, steps, header):
    protocol = protocol_of(*steps)
    protocol = protocol.model_copy(
        update={"protocol": protocol.protocol.model_copy(update={k: tuple(v) for k, v in header.items()})}
    )
    operator = answers()
    assert run(protocol, scripted(offers=offers), operator=operator).verdict == "PASS"
    assert operator.asked == []
