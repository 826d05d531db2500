"""For any inputs and any commands: what goes out is finite, within its limits, and what the state allows.

The checks look at the scripted rig's own record of every write and make_safe, not at the core's frames alone.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cext.loop import REQUESTS
from cext.tables.load import STATES, inputs
from cext.tables.load import settings as table

IN = [signal.path[3:] for signal in inputs()]
ACTIVE = [STATES.index(s) for s in ("ARMED", "RUNNING", "STOPPING")]
AT_REST = [STATES.index(s) for s in ("INIT", "IDLE")]
SAFE = STATES.index("SAFE")
ODD = [np.nan, np.inf, -np.inf, 1e308, -1e308, 5e-324, -5e-324, 0.0, -0.0, 1.0, 90.0, 250.0, 250.00001, 300.0, 1e6, -50.0]
TICKS = 1000

piece = st.tuples(
    st.sampled_from(["values", "ages_s", "qualities", "codes"]),
    st.sampled_from(range(len(IN))),
    st.integers(60, TICKS - 1),  # begin
    st.integers(1, 60),  # length
    st.one_of(st.sampled_from(ODD), st.floats(width=64)),
    st.integers(0, 5),
)
live = [s for s in table().values() if s.live and not s.path.startswith(("patient", "run"))]
command = st.one_of(
    st.tuples(st.just("request"), st.sampled_from(sorted(REQUESTS)), st.just(0.0), st.just(0.0)),
    st.tuples(st.just("hold"), st.sampled_from(["on", "off"]), st.just(0.0), st.just(0.0)),
    st.tuples(st.just("silent"), st.just(""), st.just(0.0), st.just(0.0)),
    st.tuples(st.just("set"), st.sampled_from([s.path for s in live]), st.floats(0, 1), st.sampled_from([0.0, 0.0, 0.05])),
)
timeline = st.lists(st.tuples(st.integers(0, TICKS - 1), command), max_size=25)
CONFIGURED = {"iabp.enabled": True, "iabp.trigger": "internal", "iabp.internal_bpm": 120.0, "pump.level": "P-8"}


def play(made, events):
    """Runs TICKS ticks with these events, one heartbeat every 10 ticks unless silenced."""
    frames, alive = [], True
    at = {}
    for tick, event in events:
        at.setdefault(tick, []).append(event)
    for tick in sorted({*at, *range(0, TICKS, 10)}):
        if tick > made.loop.tick:
            frames.append(made.run(tick - made.loop.tick, alive=alive))
        for what, name, share, ramp_s in at.get(tick, ()):
            if what == "request":
                made.loop.request(name)
            elif what == "hold":
                made.loop.commands.hold_stop(name == "on")
            elif what == "silent":
                alive = False
            else:
                setting = table()[name]
                if setting.kind == "float":
                    value = setting.low + share * (setting.high - setting.low)
                else:
                    count = 2 if setting.kind == "bool" else len(setting.choices)
                    value = float(min(int(share * count), count - 1))
                made.loop.set(name, value, ramp_s)
    frames.append(made.run(TICKS - made.loop.tick, alive=alive))
    return np.concatenate(frames)


def check(made, frames, declared):
    from cext.tables.load import outputs

    names = [s.path[4:] for s in outputs()]
    limits = {name: (row["low"], row["high"]) for name, row in made.OUTPUTS.items()}
    calls = made.rig.calls
    wire = calls["wire"]
    assert np.isfinite(wire).all()
    for i, name in enumerate(names):
        low, high = limits[name]
        assert ((wire[:, i] >= low) & (wire[:, i] <= high)).all(), name
    pressure, vacuum = names.index("valve_pressure"), names.index("valve_vacuum")
    assert not ((wire[:, pressure] > 0) & (wire[:, vacuum] > 0)).any()
    rest = np.array([declared("rest")[n] for n in names])
    safe = np.array([declared("safe")[n] for n in names])
    state = dict(zip(frames["time.tick"].astype(int), frames["state.state"].astype(int), strict=True))
    last = {int(call["tick"]): call for call in calls}
    energised = False
    for tick in sorted(last):
        if state[tick] in ACTIVE:
            energised = True
        elif state[tick] in AT_REST:
            energised = False
        failed = any(c["code"] < 0 for c in calls[calls["tick"] == tick])
        if not energised:
            assert (last[tick]["wire"] == rest).all(), f"tick {tick}: energised in {STATES[state[tick]]}"
        elif state[tick] >= SAFE and not failed:
            assert (last[tick]["wire"] == safe).all(), f"tick {tick}: not safe in {STATES[state[tick]]}"
    tripped = np.flatnonzero(np.diff((frames["state.state"] == SAFE).astype(int)) == 1) + 1
    for i in tripped:
        assert frames["state.latched"][i] > 0


@settings(max_examples=120, deadline=None, derandomize=True)
@given(pieces=st.lists(piece, max_size=8), events=timeline, slew=st.sampled_from([0.0, 3.0, 500.0]))
def test_every_output_is_finite_limited_and_what_the_state_allows(bench, scripted, declared, pieces, events, slew):
    made, frames = run_any(bench, scripted, pieces, events, slew)
    check(made, frames, declared)


def run_any(bench, scripted, pieces, events, slew):
    tables = {"values": scripted(TICKS), "ages_s": np.zeros((TICKS, len(IN))),
              "qualities": np.zeros((TICKS, len(IN)), np.uint8), "codes": np.zeros((TICKS, 4), int)}  # fmt: skip
    for what, column, begin, length, value, small in pieces:
        block = tables[what][begin : begin + length]
        if what == "values" or what == "ages_s":
            block[:, column] = value
        elif what == "qualities":
            block[:, column] = small
        else:
            block[:, column % 4] = -small
    from copy import deepcopy

    outputs = deepcopy(bench.OUTPUTS)
    for row in outputs.values():
        row["slew_per_s"] = slew if row["high"] <= 1.0 else slew * 100.0
    made = bench(tables.pop("values"), outputs=outputs, values_set=CONFIGURED, **tables)
    always = [(55, ("request", "arm", 0.0, 0.0)), (58, ("request", "start", 0.0, 0.0))]
    return made, play(made, sorted([*always, *events], key=lambda e: e[0]))


def test_the_streams_reach_what_they_are_about(bench, scripted, declared):
    """A control of the generator: without faults the bench runs, with one it trips, and the balloon is inflated."""
    made, frames = run_any(bench, scripted, [], [], 0.0)
    assert made.state == "RUNNING"
    assert (frames["out.valve_pressure"] > 0).any()
    check(made, frames, declared)
    made, frames = run_any(bench, scripted, [("values", IN.index("aop_mmHg"), 200, 3, 1e308, 0)], [], 0.0)
    assert made.state == "SAFE"


def test_the_check_can_fail(bench, scripted, declared):
    made, frames = run_any(bench, scripted, [], [], 0.0)
    frames = frames.copy()
    frames["state.state"] = STATES.index("IDLE")
    with pytest.raises(AssertionError, match="energised in IDLE"):
        check(made, frames, declared)
