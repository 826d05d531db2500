"""The engine on the real session: core, guard, state machine and plant of the virtual bench."""

from __future__ import annotations

import asyncio
import json

import numpy as np
import pytest

from controller.config.experiment import load_experiment
from controller.protocol import ProtocolRun
from controller.session.assemble import assemble

SUPPORT = """
[set]
iabp.enabled = false
patient.breathing = "off"                # so that all six beats are in the window
[[step]]
name = "base"
hold_s = 3.0
expect = [{ metric = "map_mmHg", low = 20, high = 200, source = "test" }]
[[step]]
name = "assisted"
set = { iabp.enabled = true, iabp.assist = "1:2" }
ramp = { patient.svr_scale = { to = 1.2, over_s = 1.0 } }
hold_beats = 6
expect = [
  { metric = "map_mmHg", relative_to = "base", low_pct = -50, high_pct = 80, source = "test" },
  { metric = "hr_bpm", low = 500, source = "test: cannot be" },
]
[teardown]
set = { iabp.enabled = false, patient.svr_scale = 1.0 }
hold_s = 0.5
"""


class Bench:
    """A session on the virtual bench that keeps every frame and event."""

    def __init__(self, path, *, realtime=False, seed=3, sets=()):
        self.experiment = load_experiment(str(path), sets=sets)
        self.session = assemble(self.experiment, seed=seed, realtime=realtime)
        self.kept, self.events = [], []
        self.session.listen(self.events.append)
        advance = self.session.advance

        async def keep(until_tick=None):
            piece = await advance(until_tick)
            self.kept.append(piece.frames)
            return piece

        self.session.advance = keep

    def run(self, act=None, **options):
        """Runs the protocol; `act(handle, frame)` is called after every slice."""

        async def main():
            await self.session.open()
            handle = ProtocolRun(self.experiment.protocol, self.session, **options)
            if act is not None:
                keep = self.session.advance

                async def acting(until_tick=None):
                    piece = await keep(until_tick)
                    act(handle)
                    return piece

                self.session.advance = acting
            return await handle.run()

        try:
            return asyncio.run(main())
        finally:
            self.session.close()

    @property
    def frames(self):
        return np.concatenate(self.kept)


def test_a_protocol_on_the_virtual_bench(file_of):
    bench = Bench(file_of(SUPPORT))
    result = bench.run()
    base, assisted = result.steps
    assert (base.verdict, assisted.verdict, result.verdict, result.teardown) == ("pass", "fail", "FAIL", "done")
    assert assisted.failures[0].endswith("below 500 bpm")
    assert assisted.window["beats"] == 6
    frames = bench.frames
    ticks = frames["time.tick"]
    np.testing.assert_array_equal(ticks, np.arange(ticks[0], ticks[0] + len(ticks)))
    # the number of the step is in every frame, one tick after it was asked for at the latest
    for step in result.steps:
        within = (frames["time.t_s"] > step.start_s + 0.002) & (frames["time.t_s"] < step.end_s - 0.002)
        assert set(frames["state.step"][within]) == {step.number}
    assert frames["state.step"][-1] == 0
    # the balloon moved in the assisted step only, and every output rests at the end
    moved = frames["out.valve_pressure"] > 0.5
    assert not moved[frames["time.t_s"] < base.end_s].any()
    assert moved[(frames["time.t_s"] > assisted.start_s) & (frames["time.t_s"] < assisted.end_s)].any()
    assert bench.session.state == "IDLE"
    for name, row in bench.experiment.bench.outputs.items():
        assert frames[f"out.{name}"][-1] == row.rest
    assert bench.session.value("patient.svr_scale") == 1.0


def test_the_same_seed_gives_the_same_run_bit_for_bit(file_of):
    path = file_of(SUPPORT)
    one, two, other = Bench(path), Bench(path), Bench(path, seed=4)
    first, second, third = one.run(), two.run(progress=lambda at: None), other.run()
    assert json.dumps(first.as_dict()) == json.dumps(second.as_dict())
    assert one.frames["plant.aop_mmHg"].tobytes() == two.frames["plant.aop_mmHg"].tobytes()
    assert json.dumps(first.as_dict()) != json.dumps(third.as_dict())


def test_settings_of_the_command_line_go_before_those_of_the_protocol(file_of):
    bench = Bench(file_of('[set]\npatient.hr_bpm = 60\n[[step]]\nname = "one"\nhold_s = 0.5\n'), sets=["patient.hr_bpm=90"])
    bench.run()
    assert bench.session.value("patient.hr_bpm") == 90


def test_abort_if_on_a_pressure_ends_in_idle(file_of):
    text = '[[abort_if]]\nsignal = "in.aop_mmHg"\nabove = 60\nfor_s = 0.1\n[[step]]\nname = "one"\nhold_s = 20.0\n'
    bench = Bench(file_of(text))
    result = bench.run()
    assert (result.verdict, result.cause, bench.session.state) == ("ABORTED", "abort_if", "IDLE")
    pressure = bench.frames["in.aop_mmHg"][bench.frames["time.t_s"] > result.steps[0].start_s]
    assert (pressure > 60).sum() > 100


def test_abort_if_with_trip_ends_in_safe(file_of):
    text = '[[abort_if]]\nmetric = "map_mmHg"\nabove = 10\ntrip = true\n[[step]]\nname = "one"\nhold_s = 20.0\n'
    bench = Bench(file_of(text + "[teardown]\nset = { iabp.enabled = false }\nhold_s = 30.0\n"))
    result = bench.run()
    assert (result.verdict, result.tripped, bench.session.state) == ("TRIPPED", ("trip_request",), "SAFE")
    assert bench.session.t_s < 10.0


def test_the_guard_ends_the_protocol(file_of):
    text = '[[step]]\nname = "one"\nhold_s = 2.0\n[[step]]\nname = "two"\nset = { patient.svr_scale = 3.0 }\nhold_s = 20.0\n'
    bench = Bench(file_of(text), sets=["guard.pressure_high_mmHg=150"])
    result = bench.run()
    assert (result.verdict, result.tripped, bench.session.state) == ("TRIPPED", ("pressure_high",), "SAFE")
    assert [s.verdict for s in result.steps] == ["pass", "aborted"]
    assert result.exit_code == 4


@pytest.mark.parametrize("how", ["abort", "interrupt"])
def test_ending_it_by_hand(file_of, how):
    bench = Bench(file_of('[[step]]\nname = "one"\nhold_s = 20.0\n[[step]]\nname = "two"\nhold_s = 1.0\n'))
    result = bench.run(lambda handle: bench.session.t_s > 2.0 and getattr(handle, how)())
    # an interrupt that goes on during the teardown is a second one
    expected = ("ABORTED", "IDLE") if how == "abort" else ("TRIPPED", "SAFE")
    assert (result.verdict, bench.session.state) == expected
    assert [s.verdict for s in result.steps] == ["aborted", "not-run"]


def test_the_stop_button_ends_the_protocol(file_of):
    bench = Bench(file_of('[[step]]\nname = "one"\nhold_s = 20.0\n'))
    result = bench.run(lambda handle: bench.session.t_s > 2.0 and bench.session.hold_stop(True))
    assert (result.verdict, result.cause) == ("ABORTED", "stop")
    assert bench.session.state == "IDLE"


def test_arming_that_is_refused(file_of):
    bench = Bench(file_of('[[step]]\nname = "one"\nhold_s = 1.0\n'))
    bench.session.hold_stop(True)
    result = bench.run()
    assert (result.verdict, result.exit_code, result.cause) == ("INCOMPLETE", 4, "not-armed")
    assert [s.verdict for s in result.steps] == ["not-run"]


def test_real_time(file_of):
    bench = Bench(file_of('[[step]]\nname = "one"\nhold_s = 0.4\n[[step]]\nname = "two"\nhold_s = 20.0\n'), realtime=True)
    result = bench.run(lambda handle: bench.session.t_s > 0.8 and handle.abort())
    one, two = result.steps
    assert [s.verdict for s in result.steps] == ["pass", "aborted"]
    assert one.end_s - one.start_s >= 0.4 - 1e-9, "never shorter than asked for"
    assert two.end_s >= 0.8
    assert (result.verdict, bench.session.state) == ("ABORTED", "IDLE")
