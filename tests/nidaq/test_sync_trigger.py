"""A loop without an ECG: the edge of a ventricle's driver on a digital line of the card triggers the balloon, a phase delay later."""

import asyncio
import re
from pathlib import Path

import numpy as np
import pytest

from controller.config.errors import ConfigError
from controller.config.experiment import load_experiment
from controller.session.assemble import assemble

BENCH = Path(__file__).parents[2] / "configs" / "benches" / "simulated-wires.toml"
SYNC = '[inputs.sync]\nrange = [0, 1]\nwire = { terminal = "Dev1/port1/line1" }\n\n'
PHASE_MS = 40
BY_SYNC = ("iabp.trigger=sync", f"iabp.sync_phase_ms={PHASE_MS}")
SYNC_SOURCE = 5  # cext/estimate/source.pxd


@pytest.fixture
def without_ecg(tmp_path):
    """The shipped bench without its ECG, with or without a sync line."""

    def make(*, sync):
        text, cut = re.subn(r"\[inputs\.ecg_mV\].*?\n\n", SYNC if sync else "", BENCH.read_text(), flags=re.DOTALL)
        assert cut == 1
        path = tmp_path / f"sync-{sync}.toml"
        path.write_text(text)
        return str(path)

    return make


def test_the_edge_on_the_wire_triggers_the_balloon_after_its_phase_delay(without_ecg):
    session = assemble(load_experiment("iabp-weaning", bench=without_ecg(sync=True), sets=BY_SYNC), seed=3, realtime=False)
    found = []
    session.on_slice(lambda piece: found.append(piece.frames))

    async def go():
        await session.open()
        await session.arm()
        await session.start()
        session.set({"iabp.enabled": True})
        until = session.tick + 12_000
        while session.tick < until:
            await session.advance(until)

    try:
        asyncio.run(go())
    finally:
        session.close()
    frames = np.concatenate(found)[-8000:]
    edges = np.flatnonzero(np.diff(frames["in.sync"]) > 0.5) + 1
    beats = np.flatnonzero(frames["beat.trigger"] > 0.5)
    edges = edges[edges + PHASE_MS < len(frames)]
    beats = beats[beats >= edges[0]]
    assert len(edges) >= 8
    np.testing.assert_allclose(beats, edges + PHASE_MS, atol=1)
    assert set(frames["beat.source"]) == {SYNC_SOURCE}
    fills = np.count_nonzero(np.diff(frames["out.valve_pressure"]) > 0.5)
    assert abs(fills - len(edges)) <= 1, "once a beat"


def test_a_bench_with_neither_ecg_nor_sync_offers_no_balloon_pump(without_ecg):
    with pytest.raises(ConfigError, match="have no ecg_mV and no sync: the bench offers iabp"):
        load_experiment(None, bench=without_ecg(sync=False))


@pytest.mark.parametrize(("bench", "sets", "words"), [
    ("without ecg", (), "iabp.trigger is ecg, and the bench simulated-wires has no input ecg_mV; allowed is iabp.trigger = "
                        "pressure, internal, sync"),
    ("simulated-wires", BY_SYNC, "iabp.trigger is sync, and the bench simulated-wires has no input sync"),
])  # fmt: skip
def test_a_trigger_without_its_input_is_refused_before_the_start(without_ecg, bench, sets, words):
    with pytest.raises(ConfigError, match=f"iabp.enabled = true: has no trigger: {words}"):
        load_experiment("iabp-weaning", bench=without_ecg(sync=True) if bench == "without ecg" else bench, sets=sets)
