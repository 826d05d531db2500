"""`zero` in a step of a protocol: the reading becomes 0 for the rest of the run, or the step says why not."""

import asyncio

import numpy as np
import pytest

from controller.config.errors import ConfigError
from controller.config.experiment import load_experiment
from controller.protocol import ProtocolRun
from controller.session.assemble import assemble

HEAD = '[protocol]\nname = "z"\ntitle = "z"\n'
ZERO = HEAD + '[[step]]\nname = "zero"\nzero = ["lap_mmHg", "cvp_mmHg"]\nzero_s = 1.0\n[[step]]\nname = "after"\nhold_s = 1.0\n'


def play(path, bench="virtual"):
    """Result, events and frames of the protocol, and the lines in force at its end."""
    experiment = load_experiment(str(path), bench=str(bench))
    session = assemble(experiment, seed=3)
    events, kept = [], []
    session.listen(events.append)
    session.on_slice(lambda piece: kept.append(piece.frames))

    async def run():
        await session.open()
        return await ProtocolRun(experiment.protocol, session).run()

    try:
        return asyncio.run(run()), events, np.concatenate(kept), session.loop.calibration()
    finally:
        session.close()


@pytest.fixture
def protocol(tmp_path):
    def write(text):
        path = tmp_path / "z.toml"
        path.write_text(text)
        return path

    return write


def test_what_was_off_is_corrected_for_the_rest_of_the_run_and_announced(protocol, my_bench):
    result, events, frames, lines = play(protocol(ZERO), my_bench(lap_mmHg="offset = 4.0"))
    assert [step.verdict for step in result.steps] == ["pass", "pass"]
    assert lines["lap_mmHg"] == (1.0, pytest.approx(-4.0, abs=0.05))
    end = frames[-800:]
    assert np.mean(end["in.lap_mmHg"] - end["plant.lap_mmHg"]) == pytest.approx(0.0, abs=0.1)
    said = [event for event in events if event.kind == "calibration"]
    assert [event.data["channel"] for event in said] == ["lap_mmHg", "cvp_mmHg"]
    assert said[0].data["offset_before"] == 0.0 and "lap_mmHg zeroed: it read +4" in said[0].text


def test_a_zero_that_is_far_off_fails_the_step_and_changes_nothing(protocol, my_bench):
    result, events, _, lines = play(protocol(ZERO), my_bench(lap_mmHg="offset = 25.0"))
    (failure,) = result.steps[0].failures
    assert result.steps[0].verdict == "fail" and result.steps[1].verdict == "pass"
    assert "not zeroed: lap_mmHg: a zero of" in failure and "at most 20 mmHg are allowed" in failure
    assert "lap_mmHg" not in lines and "cvp_mmHg" in lines
    assert any(event.priority == "medium" and event.data.get("channel") == "lap_mmHg" for event in events)


def test_the_sensors_are_given_back_to_the_loop(protocol):
    _, _, frames, _ = play(protocol(ZERO))
    end = frames[-500:]
    assert np.corrcoef(end["in.lap_mmHg"], end["plant.lap_mmHg"])[0, 1] > 0.9


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ('zero = ["laq_mmHg"]', "is no input of the bench virtual that can be zeroed.*did you mean lap_mmHg"),
        ('zero = ["estop"]', "is no input of the bench virtual that can be zeroed"),
        ("zero_s = 2.0\nhold_s = 1", "zero_s.*has no effect"),
        ('zero = ["lap_mmHg", "lap_mmHg"]', "lap_mmHg"),
    ],
)
def test_what_cannot_be_zeroed_is_refused_at_its_place(protocol, step, words):
    with pytest.raises(ConfigError, match=words):
        load_experiment(str(protocol(f'{HEAD}[[step]]\nname = "a"\n{step}\n')))


def test_the_plan_shows_it_with_its_time(protocol):
    from controller.config.plan import plan

    planned = plan(load_experiment(str(protocol(ZERO))).protocol)
    assert "zero lap_mmHg, cvp_mmHg: mean of 1 s" in planned.text()
    assert planned.expected_s == pytest.approx(3.0)
