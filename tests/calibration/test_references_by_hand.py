"""A bench that cannot put references on by itself asks a person, who may decline, or not be there."""

import asyncio

import pytest

from controller.calibration.line import Refused
from controller.commissioning.hands import Hands
from controller.commissioning.references import point
from controller.config.experiment import load_experiment
from controller.protocol.operator import Answer


def measure(answer, reference=100.0, put=True):
    """A point on the virtual bench as if it were a real one: the person who is asked puts the reference on."""
    hands = Hands(load_experiment(None, bench="virtual"), realtime=False)
    asked = []

    class RigOfAPerson:
        def __getattr__(self, name):
            return getattr(hands.session.loop.rig, name)

        def put_reference(self, channel, value):
            return False

    class Loop:
        rig = RigOfAPerson()

        def __getattr__(self, name):
            return getattr(hands.session._loop, name)

    async def ask(text):
        asked.append(text)
        if put:
            hands.session._loop.rig.put_reference("aop_mmHg", reference)
        return answer

    async def play():
        await hands.open()
        session, loop = hands.session, Loop()
        hands.session = type("Session", (), {"loop": loop, "__getattr__": lambda self, name: getattr(session, name)})()
        try:
            return await point(hands, "aop_mmHg", reference, 1.0, ask)
        finally:
            hands.session = session

    try:
        return asyncio.run(play()), asked
    finally:
        hands.close()


def test_a_person_is_asked_and_what_was_put_on_is_measured():
    found, asked = measure(Answer("answered"))
    assert found.reading == pytest.approx(100.0, abs=0.1)
    assert asked == ["aop_mmHg: Put 100 mmHg on it, and wait until it is still."]


def test_nothing_on_it_is_air():
    assert "Open the line to air" in measure(Answer("answered"), 0.0)[1][0]


@pytest.mark.parametrize("answer", [Answer("declined", "n"), Answer("not asked", "end of input")])
def test_without_a_yes_nothing_is_measured(answer):
    with pytest.raises(Refused, match=f"{answer.outcome} \\({answer.text}\\)"):
        measure(answer)


def test_a_line_that_was_left_open_to_the_loop_is_not_still():
    with pytest.raises(Refused, match="is the line open to the loop instead of the reference"):
        measure(Answer("answered"), put=False)
