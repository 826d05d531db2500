"""What a slow law may do, and what becomes of one that does something else."""

import asyncio
from types import SimpleNamespace

import pytest

from controller.config.errors import ConfigError
from controller.config.experiment import load_experiment
from controller.config.find import shipped
from controller.laws.slow import Stepping
from controller.session.assemble import assemble


class Law:
    period_s = 0.2
    settings = ("patient.svr_scale",)

    def __init__(self, step):
        self.seen = []
        self._step = step

    def step(self, seen):
        self.seen.append(seen)
        return self._step(seen)


def play(law, seconds=1.0):
    session = assemble(load_experiment(None, bench="virtual"))
    events = []
    session.listen(events.append)
    Stepping(session, law, "mine")

    async def run():
        await session.open()
        await session.advance()
        assert law.seen == [], "only while RUNNING"
        await session.arm()
        await session.start()
        until = session.tick + round(seconds * 1000)
        while session.tick < until and session.state == "RUNNING":
            await session.advance(until)
        await session.advance()

    try:
        asyncio.run(run())
    finally:
        session.close()
    return SimpleNamespace(session=session, alarms=[event for event in events if event.kind == "alarm"])


def test_it_sees_every_tick_since_its_last_step_and_nothing_of_the_plant():
    law = Law(lambda seen: {})
    play(law, 1.0)
    assert len(law.seen) in (4, 5)
    assert all(len(seen["in.aop_mmHg"]) == 200 for seen in law.seen[1:])
    assert not any(name.startswith("plant.") for name in law.seen[0])
    with pytest.raises(KeyError, match=r"plant\.aop_mmHg is no signal that a law can see"):
        law.seen[0]["plant.aop_mmHg"]


def test_what_it_asks_for_is_in_force():
    assert play(Law(lambda seen: {"patient.svr_scale": 1.4})).session.value("patient.svr_scale") == 1.4


@pytest.mark.parametrize(
    ("asked", "words"),
    [({"patient.svr_scale": 1e9}, "patient.svr_scale"), ({"iabp.enabled": True}, "iabp.enabled is not among its settings")],
)
def test_what_is_refused_changes_nothing_and_is_told_once(asked, words):
    found = play(Law(lambda seen: asked))
    assert found.session.value("patient.svr_scale") == 1.0 and found.session.value("iabp.enabled") is False
    (alarm,) = found.alarms
    assert alarm.priority == "medium" and words in alarm.text
    assert found.session.state == "RUNNING"


def test_a_law_that_raises_trips_the_machine():
    found = play(Law(lambda seen: 1 / 0))
    assert found.session.state == "SAFE" and found.session.latched == ("trip_request",)
    assert found.alarms[0].text == "law mine failed: ZeroDivisionError: division by zero"


@pytest.mark.parametrize(
    ("change", "words"),
    [({"period_s": 0.01}, "period_s = 0.01 s is refused"), ({"settings": ("pump.device",)}, "pump.device: no setting that can change"),
     ({"settings": ("nonsense",)}, "nonsense: no setting")],
)  # fmt: skip
def test_a_law_that_cannot_be_stepped_is_refused(change, words):
    law = Law(lambda seen: {})
    for key, value in change.items():
        setattr(law, key, value)
    with pytest.raises(ValueError, match=words):
        Stepping(assemble(load_experiment(None, bench="virtual")), law, "mine")


@pytest.mark.parametrize(
    ("law", "words"),
    [
        ("nonsense", "there is no law of this name"),
        ("gone.py:A", "there is no file gone.py beside the bench file"),
        ("there.py:B", "there.py has no B"),
        ("there.py:A", "is neither a compiled law nor has it period_s"),
        ("broken.py:A", "cannot be made: ZeroDivisionError"),
    ],
)
def test_a_law_that_cannot_be_found_or_made_is_told_at_its_place(tmp_path, law, words):
    (tmp_path / "there.py").write_text("class A:\n    pass\n")
    (tmp_path / "broken.py").write_text("1 / 0\n")
    text = (shipped() / "benches" / "virtual.toml").read_text().replace('name = "virtual"', f'name = "mine"\nlaw = "{law}"', 1)
    path = tmp_path / "mine.toml"
    path.write_text(text)
    experiment = load_experiment(None, bench=str(path))
    with pytest.raises(ConfigError, match=rf"mine\.toml:\d+:\d+: bench\.law = \"{law}\": .*{words}"):
        assemble(experiment)
