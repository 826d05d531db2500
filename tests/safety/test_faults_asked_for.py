"""`mockloop fault` and its schedule: any channel, call or device, off unless asked for, never on a wired bench."""

import asyncio
import json
import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from cext.tables.load import STATES
from controller.config.experiment import load_experiment
from controller.faults import Fault, Schedule, parse
from controller.session.assemble import assemble

ROOT = Path(__file__).parents[2]
SHORT = """
[protocol]
name = "short"
title = "Balloon on for a while"
requires = ["iabp", "patient-model"]
patient = "cardiogenic-shock"
[[step]]
name = "assist"
set = { iabp.enabled = true }
hold_s = 6.0
"""


def test_a_fault_is_read_as_typed():
    assert parse("in.aop_mmHg:stuck") == Fault("in.aop_mmHg", "stuck")
    assert parse("left:wrong,from=2,for=0.5,gain=0,offset=7") == Fault("left", "wrong", 2.0, 0.5, 0.0, 7.0)
    assert str(parse("read:off,from=20,for=5")) == "read off from 20 s for 5 s"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("in.aop_mmHg", ["WHERE:KIND is missing"]),
        (":off", ["WHERE:KIND is missing"]),
        ("in.aop_mmHg:broken", ["kind 'broken' is unknown", "intermittent"]),
        ("in.aop_mmHg:off,from=-1,for=0,amont=3", ["begin_s = -1", "duration_s = 0", "'amont' is unknown"]),
        ("in.aop_mmHg:off,for=soon", ["for = 'soon' is no number"]),
        ("in.aop_mmHg:off,for=nan", ["duration_s = nan is refused"]),
        ("in.aop_mmHg:wrong,gain=nan,offset=inf,from=inf", ["gain = nan", "offset = inf", "begin_s = inf"]),
    ],
)
def test_a_fault_that_cannot_be_is_refused_with_all_reasons(text, words):
    with pytest.raises(ValueError, match="fault") as refused:
        parse(text)
    assert all(word in str(refused.value) for word in words)


def test_a_wired_bench_has_no_door_for_faults():
    with pytest.raises(ValueError, match="pcie-6363 is hardware: faults are injected on simulated benches only"):
        assemble(load_experiment(bench="pcie-6363"), realtime=True, faulty=True)


def played(bench, faults, seconds=3.0, sets=()):
    """Frames of a run of `seconds` after the start on this bench, and its events."""
    session = assemble(load_experiment("impella-ramp", bench=bench, sets=sets), seed=2, faulty=True)
    found, events = [], []
    session.on_slice(lambda piece: found.append(piece.frames))
    session.listen(events.append)

    async def go():
        await session.open()
        await session.arm()
        await session.start()
        until = session.tick + round(seconds * 1e3)
        while session.tick < until:
            await session.advance(until)

    try:
        Schedule(session, faults)
        asyncio.run(go())
    finally:
        session.close()
    return np.concatenate(found), events


def first(frames, state):
    return int(np.flatnonzero(frames["state.state"] == STATES.index(state))[0])


@pytest.mark.parametrize("where", ["left", "Dev1", "read"])
def test_a_device_that_is_off_trips_a_bench_on_wires(where):
    frames, events = played("simulated-wires", [Fault(where, "off", 2.0, 0.3)])
    trip = first(frames, "SAFE")
    assert 2000 <= trip <= 2005
    assert (frames["state.state"][trip:] == STATES.index("SAFE")).all()
    assert (frames["out.valve_pressure"][trip:] == 0.0).all()
    assert [e.text for e in events if e.kind == "fault"] == [f"injected: {where} off from 2 s for 0.3 s"]


@pytest.mark.parametrize("where", ["in.aop_mmHg", "Dev1"])
def test_what_stands_still_on_the_shipped_wired_bench_trips_within_200_ms(where):
    frames, events = played("simulated-wires", [Fault(where, "stuck", 2.0)])
    assert 2100 <= first(frames, "SAFE") <= 2200
    assert "input_stuck" in [e.data["condition"] for e in events if e.kind == "alarm"]


def test_a_vacuum_valve_that_opens_no_more_is_named_within_a_beat_and_the_balloon_is_not_filled_again():
    fault_s, beat_s = 20.0, 0.8
    frames, events = played("virtual", [Fault("out.valve_vacuum", "off", fault_s)], 25.0, sets=("iabp.enabled=on",))
    named = [e for e in events if e.kind == "alarm"]
    assert [e.data["condition"] for e in named] == ["valve-stuck"]
    assert fault_s < named[0].t_s < fault_s + 2 * beat_s, "the inflation at work, then one beat"
    assert (frames["out.valve_pressure"][: named[0].tick] > 0.5).any()
    assert (frames["out.valve_pressure"][named[0].tick + 1 :] == 0.0).all()


@pytest.mark.parametrize("bench", ["virtual", "simulated-wires"])
@pytest.mark.parametrize("kind", ["off", "stuck", "garbage", "wrong", "slow", "delayed", "intermittent"])
def test_no_kind_of_fault_on_any_input_gives_an_unsafe_output(bench, kind):
    inputs = [f"in.{name}" for name in load_experiment(bench=bench).bench.inputs]
    faults = [Fault(channel, kind, 1.0 + 0.1 * i, math.inf, 0.9, 0.0) for i, channel in enumerate(inputs)]
    frames, _ = played(bench, faults, sets=("iabp.enabled=on",))
    outputs = [name for name in frames.dtype.names if name.startswith("out.")]
    for name in outputs:
        assert np.isfinite(frames[name]).all(), name
    assert not ((frames["out.valve_pressure"] > 0.5) & (frames["out.valve_vacuum"] > 0.5)).any()
    in_safe = frames["state.state"] >= STATES.index("SAFE")
    assert (frames["out.valve_pressure"][in_safe] == 0.0).all()
    assert (frames["out.valve_vacuum"][in_safe] == 1.0).all()
    assert (frames["out.pump_speed_rpm"] <= 46000.0).all()
    assert np.abs(np.diff(frames["out.pump_speed_rpm"][~in_safe])).max() < 31001.0


def test_the_schedule_refuses_what_the_bench_does_not_have():
    session = assemble(load_experiment("impella-ramp"), faulty=True)
    with pytest.raises(ValueError, match=r"fault channel 'left' is unknown"):
        Schedule(session, [Fault("left", "off")])
    with pytest.raises(LookupError, match="no door for faults"):
        Schedule(assemble(load_experiment("impella-ramp")), [Fault("in.aop_mmHg", "off")])


@pytest.fixture
def mockloop(tmp_path):
    (tmp_path / "short.toml").write_text(SHORT)

    def call(*arguments):
        path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
        if os.environ.get("MOCKLOOP_BUILD") == "debug":
            path = os.environ["PYTHONPATH"]
        done = subprocess.run(
            [sys.executable, "-P", "-c", "from controller.cli import main; main()", "fault", *arguments],
            capture_output=True, text=True, cwd=tmp_path, env=os.environ | {"PYTHONPATH": path},
        )  # fmt: skip
        assert "Traceback" not in done.stdout + done.stderr, done.stderr
        return done

    return call


def test_the_command_runs_a_protocol_into_its_faults(mockloop, tmp_path):
    run = ["short.toml", "--fast", "--json"]
    tripped = mockloop(*run, "--inject", "in.aop_mmHg:wrong,from=3,offset=400", "--out", "tripped")
    assert tripped.returncode == 4, tripped.stderr
    summary = json.loads(tripped.stdout)
    assert summary["tripped"]
    assert summary["faults"] == ["in.aop_mmHg wrong from 3 s"]
    harmless = mockloop(*run, "--inject", "in.cvp_mmHg:slow,from=1,for=2,amount=0.2", "--out", "harmless")
    assert harmless.returncode == 0, harmless.stderr
    events = [json.loads(line) for line in (tmp_path / "harmless" / "events.jsonl").read_text().splitlines()]
    assert [e["text"] for e in events if e["kind"] == "fault"] == ["injected: in.cvp_mmHg slow from 1 s for 2 s"]


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["short.toml", "--fast", "--inject", "in.aop:off", "--inject", "x"], 2, "WHERE:KIND is missing"),
        (["short.toml", "--fast", "--inject", "in.aop:off"], 2, "fault channel 'in.aop' is unknown"),
        (["short.toml", "--fast"], 2, "--inject"),
        (["iabp-weaning", "--bench", "pcie-6363", "--inject", "read:off"], 3, "patient-model"),
    ],
)
def test_the_command_says_what_cannot_be(mockloop, arguments, code, says):
    done = mockloop(*arguments)
    assert done.returncode == code, done.stderr
    assert says in done.stderr
