"""docs/laws.md: its examples are built and run as they stand there."""

import asyncio
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import cext
from controller.config.experiment import load_experiment
from controller.config.find import shipped
from controller.session.assemble import assemble

ROOT = Path(__file__).parents[2]
DOCS = (ROOT / "docs" / "laws.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", DOCS, re.S)
PUMP = ["pump.device=impella-cp", "pump.level=by-speed", "pump.speed_rpm=35000", "patient.lv_ees_mmHg_mL=0.65"]


def block(name):
    """The block of code that names this file in a comment."""
    return next(text for _, text in BLOCKS if f"# {name}\n" in text)


def bench_with(folder, law, extra=""):
    text = (shipped() / "benches" / "virtual.toml").read_text()
    text = text.replace('name = "virtual"', f'name = "mine"\nlaw = "{law}"', 1)
    path = folder / "mine.toml"
    path.write_text(text + extra)
    return path


def run(session, seconds):
    """Arms, starts and runs; the frames of it."""
    kept = []

    async def play():
        await session.open()
        await session.arm()
        await session.start()
        session.on_slice(lambda piece: kept.append(piece.frames))
        until = session.tick + round(seconds * 1000)
        while session.tick < until:
            await session.advance(until)

    try:
        asyncio.run(play())
    finally:
        session.close()
    return np.concatenate(kept)


def test_the_slow_law_holds_the_pressure_at_its_target(tmp_path):
    (tmp_path / "hold_pressure.py").write_text(block("hold_pressure.py"))
    bench = bench_with(tmp_path, "hold_pressure.py:HoldPressure")
    experiment = load_experiment(None, bench=str(bench), sets=PUMP)
    frames = run(assemble(experiment), 60.0)
    assert frames["in.aop_mmHg"][-10_000:].mean() == pytest.approx(75.0, abs=0.5)
    assert frames["out.pump_speed_rpm"][-10_000:].max() < 45_000.0, "by regulating, not by its limit"
    assert len(np.unique(frames["out.pump_speed_rpm"])) > 50
    assert experiment.texts["hold_pressure.py"] == block("hold_pressure.py"), "it goes into the run folder"
    changed = np.flatnonzero(np.diff(run(assemble(experiment), 60.0)["out.pump_speed_rpm"]))
    assert (changed == np.flatnonzero(np.diff(frames["out.pump_speed_rpm"]))).all(), "the same ticks in every run"


@pytest.fixture(scope="module")
def co_pulse(tmp_path_factory):
    """Folder of the compiled example, built with the setup.py of the docs."""
    folder = tmp_path_factory.mktemp("co_pulse")
    for name in ("co_pulse.pyx", "setup.py"):
        (folder / name).write_text(block(name))
    root = Path(cext.__file__).parents[1]
    done = subprocess.run([sys.executable, "setup.py", "-q", "build_ext", "--inplace"], cwd=folder, capture_output=True, text=True,
                          env=os.environ | {"PYTHONPATH": str(root)}, timeout=200)  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "performance hint" not in done.stderr
    return folder


@pytest.fixture
def installed(co_pulse, monkeypatch):
    """As if the package were installed: the module, and the entry point of the docs' toml."""
    from importlib.metadata import EntryPoint

    from controller.laws import registry

    ((name, value),) = re.findall(r'\n(\S+) = "(\S+)"\n', next(text for kind, text in BLOCKS if "mockloop.laws" in text))
    monkeypatch.syspath_prepend(str(co_pulse))
    entry = EntryPoint(name, value, registry.GROUP)
    monkeypatch.setattr(registry, "entry_points", lambda group: [entry] if group == registry.GROUP else [])


def test_the_compiled_law_steps_in_the_tick_and_the_gate_comes_after_it(tmp_path, installed):
    experiment = load_experiment(None, bench=str(bench_with(tmp_path, "co-pulse")), sets=PUMP)
    frames = run(assemble(experiment), 20.0)[5000:]
    systole = frames["beat.since_r_s"] < 0.3
    assert set(np.unique(frames["cmd.pump_speed_rpm"][systole])) == {39000.0}
    assert set(np.unique(frames["cmd.pump_speed_rpm"][~systole])) == {35000.0}
    fast = load_experiment(None, bench=str(bench_with(tmp_path, "co-pulse")), sets=[*PUMP, "pump.speed_rpm=46000"])
    text = Path(fast.bench.source.path).read_text().replace("range = [0, 55000]", "range = [0, 47000]", 1)
    Path(fast.bench.source.path).write_text(text)
    limited = run(
        assemble(load_experiment(None, bench=str(fast.bench.source.path), sets=[*PUMP, "pump.speed_rpm=46000"])), 10.0
    )
    assert limited["cmd.pump_speed_rpm"].max() == 50000.0 and limited["out.pump_speed_rpm"].max() == 47000.0


def test_a_law_for_another_abi_or_without_one_is_refused(tmp_path):
    from cext.law import LAW_ABI, Law

    class Silent(Law):
        pass

    assert Silent().abi == 0 and LAW_ABI >= 1
    with pytest.raises(ImportError, match=f"law Silent does not say its LAW_ABI .* this core has {LAW_ABI}: rebuild"):
        assemble(load_experiment(None, bench="virtual"), law=Silent())


def test_the_prototype_of_the_docs_is_read_and_named(tmp_path):
    table = next(text for kind, text in BLOCKS if text.startswith("[dut]"))
    path = bench_with(tmp_path, "x", "\n" + table)
    path.write_text(path.read_text().replace('\nlaw = "x"', ""))
    dut = load_experiment(None, bench=str(path)).dut
    assert (dut.name, dut.serial, dut.measured_by) == ("VAD prototype 3", "0042", ("pump_flow_L_min", "pump_speed_rpm"))
