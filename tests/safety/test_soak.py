"""Soaks: a simulated day of seeded random faults, and real time on the whole chain.

Quick: some minutes of the day. Slow: MOCKLOOP_SOAK_S of virtual time (a day) and MOCKLOOP_SOAK_REAL_S of real time (an hour), on
the bench MOCKLOOP_SOAK_BENCH (simulated-wires): a computer that now and then gives the drive's thread nothing for a quarter of a
second has lost its drive, so a busy one needs a bench whose drive is more patient.
"""

import asyncio
import os
import random
import time
from pathlib import Path

import numpy as np
import pytest

from cext.tables.load import STATES
from controller.config.experiment import load_experiment
from controller.faults import Fault, put_in
from controller.faults.fault import KINDS
from controller.job.describe import header
from controller.job.folder import write_json
from controller.job.recorder import RecorderHelper
from controller.job.request import Request
from controller.session.assemble import assemble
from controller.session.errors import NotArmed

SAFE = STATES.index("SAFE")
EVERY_S = 30.0  # mean time between two faults, in the quick test
DAY_EVERY_S = 1200.0  # in the long one: the policy keeps every tick of the 60 s around each event
REQUIRED = ["aop_mmHg", "ecg_mV", "estop"]  # these trip
WAKE_S = 3.0  # a trip within this after a fault is the fault's
FLAT_MB = 25.0


class Soak:
    """A session with its recorder, watched in every tick."""

    def __init__(self, folder, bench, policy, realtime, seed, sets, every_s=EVERY_S):
        self.every_s = every_s
        self.rng = random.Random(seed)
        self.experiment = load_experiment("iabp-weaning", bench=bench, sets=sets)
        self.session = assemble(self.experiment, seed=seed, realtime=realtime, lossless=not realtime, faulty=not realtime)
        request = Request("iabp-weaning", bench, fast=not realtime, seed=seed, policy=policy)
        (folder / "config").mkdir()
        write_json(folder / "config" / "header.json", header(self.experiment, request, time.time()))
        self.recorder = RecorderHelper(self.session, folder, policy, lossless=not realtime)
        self.session.listen(self.recorder.event)
        self.session.on_beat(self.recorder.beat)
        self.session.on_slice(self.look)
        self.alarms = []
        self.session.listen(lambda event: self.alarms.append((event.t_s, event.text)) if event.kind == "alarm" else None)
        bench_file = self.experiment.bench
        self.high = {f"out.{name}": row.range[1] for name, row in bench_file.outputs.items()}
        self.safe = {"out.valve_pressure": 0.0, "out.valve_vacuum": 1.0}
        self.channels = [f"in.{n}" for n in bench_file.inputs] + [f"out.{n}" for n in bench_file.outputs]
        self.unsafe, self.unexplained, self.trips, self.faults = [], [], 0, 0
        self.state, self.fault_tick = 0, -(10**9)

    def look(self, piece):
        frames = piece.frames
        if not len(frames):
            return
        state = frames["state.state"].astype(int)
        ticks = frames["time.tick"].astype(np.int64)
        wrong = (frames["out.valve_pressure"] > 0.5) & (frames["out.valve_vacuum"] > 0.5)
        for name, high in self.high.items():
            wrong |= ~(np.isfinite(frames[name]) & (frames[name] >= 0.0) & (frames[name] <= high))
        for name, value in self.safe.items():
            wrong |= (state == SAFE) & (frames[name] != value) & (frames["state.first_trip"] > 0) & self.was_armed(frames)
        at_rest = state <= STATES.index("IDLE")
        wrong |= at_rest & ((frames["out.valve_pressure"] != 0.0) | (frames["out.pump_enable"] != 0.0))
        self.unsafe += ticks[wrong].tolist()
        faulty = np.where(frames["state.sim_faults"] > 0, ticks, -1)
        last = np.maximum.accumulate(np.maximum(faulty, self.fault_tick))
        entered = (state == SAFE) & (np.concatenate(([self.state], state[:-1])) != SAFE)
        self.trips += int(entered.sum())
        self.unexplained += ticks[entered & (ticks - last > WAKE_S * 1e3)].tolist()
        self.state, self.fault_tick = int(state[-1]), int(last[-1])

    @staticmethod
    def was_armed(frames):
        """A trip out of INIT or IDLE puts out rest values, and the vacuum valve tells which of the two it was."""
        return frames["out.valve_vacuum"] == 1.0

    async def working(self):
        """Brings the machine to RUNNING, as a person would: reset, arm, start."""
        for _ in range(40):
            try:
                if self.session.state == "SAFE":
                    await self.session.reset()
                if self.session.state == "IDLE":
                    await self.session.arm()
                if self.session.state == "ARMED":
                    await self.session.start()
            except NotArmed:
                await self.on(0.5)
                continue
            if self.session.state == "RUNNING":
                return
            await self.on(0.2)
        raise AssertionError(f"does not come back: {self.session.state}, {self.session.latched}")

    async def on(self, seconds):
        until = self.session.tick + round(seconds * 1e3)
        while self.session.tick < until:
            await self.session.advance(until)

    def fault(self):
        where = self.rng.choice([*self.channels, *(f"in.{name}" for name in REQUIRED * 4), "read", "write"])
        kinds = ("off", "intermittent") if where in ("read", "write") else KINDS
        fault = Fault(
            where, self.rng.choice(kinds), self.session.t_s, 10 ** self.rng.uniform(-2.5, 0.5), self.rng.choice([0.0, 0.5, 1.5, 3.0]),
            self.rng.uniform(-50.0, 300.0), 10 ** self.rng.uniform(-2.0, -0.4),
        )  # fmt: skip
        put_in(self.session, fault, None)
        self.faults += 1
        return fault.duration_s

    async def day(self, seconds, sample):
        await self.recorder.start()
        await self.session.open()
        marks = [seconds * share for share in (0.2, 0.4, 0.6, 0.8)]
        while self.session.t_s < seconds:
            await self.working()
            await self.on(self.rng.expovariate(1.0 / self.every_s))
            await self.on(self.fault() + 0.2)
            if marks and self.session.t_s > marks[0]:
                marks.pop(0)
                sample()

    async def hour(self, seconds):
        await self.recorder.start()
        await self.session.open()
        await self.working()
        await self.on(seconds)
        await self.session.stop()
        await self.session.disarm()

    async def end(self):
        self.session.close()
        await self.recorder.close(self.session.statistics())


def memory_MB(pid):
    words = Path(f"/proc/{pid}/statm").read_text().split()
    return int(words[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def day(tmp_path, seconds, seed, every_s):
    sets = ["iabp.enabled=on", "pump.device=impella-cp", "pump.level=P-4"]
    soak = Soak(tmp_path, "virtual", "beats", False, seed, sets, every_s)
    samples = []

    def sample():
        mine, theirs = os.getpid(), soak.recorder._helper.pid
        files = len(list(Path("/proc/self/fd").iterdir()))
        samples.append((soak.session.t_s, memory_MB(mine), memory_MB(theirs), files))
        print(f"{soak.session.t_s:8.0f} s: {soak.faults} faults, {soak.trips} trips, {samples[-1][1:]}", flush=True)

    async def go():
        try:
            await soak.day(seconds, sample)
        finally:
            await soak.end()

    asyncio.run(go())
    assert soak.unsafe == []
    assert soak.unexplained == []
    assert soak.trips > 0.1 * soak.faults > 0
    assert soak.recorder.complaint is None
    return soak, samples


def test_some_minutes_of_the_day(tmp_path):
    soak, _ = day(tmp_path, 240.0, 1, EVERY_S)
    assert soak.faults >= 4


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_a_simulated_day_of_random_faults(tmp_path):
    soak, samples = day(tmp_path, float(os.environ.get("MOCKLOOP_SOAK_S", 86_400)), 7, DAY_EVERY_S)
    for column in (1, 2):
        assert samples[-1][column] - samples[0][column] < FLAT_MB, "memory of the loop, of the recorder (MB)"
    assert samples[-1][3] == samples[0][3], "descriptors"
    print(f"{soak.faults} faults, {soak.trips} trips, {soak.session.t_s:.0f} s")
    for file in tmp_path.glob("recording*.h5"):
        file.unlink()  # gigabytes


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_real_time_on_the_whole_chain_loses_no_sample(tmp_path):
    seconds = float(os.environ.get("MOCKLOOP_SOAK_REAL_S", 3600))
    bench = os.environ.get("MOCKLOOP_SOAK_BENCH", "simulated-wires")
    soak = Soak(tmp_path, bench, "full", True, 3, ["iabp.enabled=on", "pump.device=impella-cp", "pump.level=P-4"])

    async def go():
        try:
            await soak.hour(seconds)
        finally:
            await soak.end()

    asyncio.run(go())
    closed = soak.recorder.closed
    statistics = soak.session.statistics()
    print(statistics, closed)
    assert (soak.unsafe, soak.trips) == ([], 0), soak.alarms
    assert (closed["recorded"], closed["lost"]) == (statistics["ticks"], 0)
