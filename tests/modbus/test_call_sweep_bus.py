"""The k-th reply of the drive, and the k-th call of our socket, fail once, k = 1, 2, … until a run completes clean.

The whole chain in virtual time: opening, self-test, arming, start, 120 ticks, stop of the pump, close. Never an unsafe output,
never a pump that turns unasked, never a hang.
"""

import asyncio
import socket

import numpy as np
import pytest

from cext.tables.load import STATES
from controller.config.experiment import load_experiment
from controller.session.assemble import assemble
from controller.session.errors import NotArmed, SessionEnded
from rigs.simdrive import hosted

KINDS = ("silent", "garbage", "truncated", "wrong-unit", "exception")
CALLS = ("connect", "send", "recv")
TICKS = 120
BUS_TICKS = 150  # for a stop to be said twice: patience with one reply is 100 ms
SAFE_RPM = 31000.0

pytestmark = pytest.mark.timeout(60)  # a hang, not a pace


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(hosted, "VIRTUAL_TIMEOUT_S", 0.25)


@pytest.fixture(scope="module")
def experiment():
    return load_experiment("impella-ramp", bench="simulated-wires", sets=["pump.level=P-4"])


class Watch:
    """What the drive did and when, tick by tick."""

    def __init__(self, session):
        self.session, self.frames, self.unasked, self.armed = session, [], [], -BUS_TICKS
        self.hosted = session.loop.rig.devices[0].hosted
        session.on_slice(self.look)

    def look(self, piece):
        self.frames.append(piece.frames)
        if piece.state not in ("INIT", "IDLE"):
            self.armed = self.session.tick
        elif self.session.tick > self.armed + BUS_TICKS and self.hosted.drive.profile.driven:
            self.unasked.append(self.session.tick)


async def play(session):
    await session.open()
    await session.arm()
    await session.start()
    until = session.tick + TICKS
    while session.tick < until:
        await session.advance(min(until, session.tick + 10))
    await session.stop()
    await session.disarm()
    until = session.tick + 200
    while session.tick < until:
        await session.advance(min(until, session.tick + 10))


def once(experiment, prepare):
    """One run; `prepare(session)` breaks something. How it ended, and what was seen."""
    session = assemble(experiment, seed=1)
    watch = Watch(session)
    counting = prepare(session)
    ended = "clean"
    try:
        asyncio.run(play(session))
    except (OSError, NotArmed, SessionEnded) as error:
        ended = str(error)
    state = session.state
    session.close()
    judge(watch, state)
    return ended, state, watch.hosted, counting


def judge(watch, state):
    frames = np.concatenate(watch.frames) if watch.frames else np.zeros(0)
    drive = watch.hosted.drive
    assert watch.unasked == []
    assert drive.set_rpm in (0.0, SAFE_RPM) or not drive.profile.driven, "closing leaves the safe values"
    if state in ("INIT", "IDLE"):
        assert not drive.profile.driven
    if not len(frames):
        return
    assert np.isfinite(frames["out.pump_speed_rpm"]).all()
    assert not ((frames["out.valve_pressure"] > 0.5) & (frames["out.valve_vacuum"] > 0.5)).any()
    tripped = frames["state.state"] >= STATES.index("SAFE")
    assert np.isin(frames["out.pump_speed_rpm"][tripped], (0.0, SAFE_RPM)).all()
    lost = frames["age_s"][:, 8:].max(axis=1) > 1.0  # no channel of a bench that goes on is ever that old
    assert not (lost & ~tripped & (frames["state.state"] > STATES.index("IDLE")) & (frames["age_s"].max(axis=1) < 1e6)).any()


def reply(kind, k):
    def prepare(session):
        line = session.loop.rig.devices[0].hosted.line
        line.inject(kind, 1, after=k - 1)
        return line

    return prepare


def sweep(run, ks):
    """Runs until one is clean because the k-th call was never made; returns how many did not end clean."""
    troubled = 0
    for k in ks:
        ended, reached = run(k)
        troubled += ended != "clean"
        if not reached:
            return troubled, k
    return troubled, None


@pytest.mark.parametrize("kind", KINDS)
def test_the_first_replies_and_every_fifteenth_after_them(experiment, kind):
    total = once(experiment, reply("silent", 10**9))[3].replies
    assert total > 40
    for k in [*range(1, 12, 2), *range(12, total, 15)]:
        once(experiment, reply(kind, k))


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("kind", KINDS)
def test_every_reply(experiment, kind):
    def run(k):
        ended, _, _, line = once(experiment, reply(kind, k))
        return ended, line.replies >= k

    _, beyond = sweep(run, range(1, 400))
    assert beyond is not None, "one run was clean"


class Broken:
    """Counts the calls of our own sockets and lets the k-th raise. `calls`: made so far."""

    def __init__(self, k):
        self.k, self.calls = k, 0

    def count(self):
        self.calls += 1
        if self.calls == self.k:
            raise OSError(104, "Connection reset by peer")

    def connect(self, *arguments, **options):
        self.count()
        return Line(self, socket.create_connection(*arguments, **options))


class Line:
    def __init__(self, broken, inner):
        self.broken, self.inner = broken, inner

    def __getattr__(self, name):
        found = getattr(self.inner, name)
        if name not in CALLS:
            return found

        def call(*arguments):
            self.broken.count()
            return found(*arguments)

        return call


class Sockets:
    """The module `socket` as the client sees it, with one function replaced."""

    def __init__(self, broken):
        self.create_connection = broken.connect

    def __getattr__(self, name):
        return getattr(socket, name)


def socket_run(experiment, monkeypatch, k):
    import pymodbus.client.tcp as client

    broken = Broken(k)
    monkeypatch.setattr(client, "socket", Sockets(broken))
    ended, *_ = once(experiment, lambda _session: None)
    return ended, broken.calls


def test_the_first_socket_calls_and_every_fifteenth_after_them(experiment, monkeypatch):
    ended, total = socket_run(experiment, monkeypatch, 0)
    assert ended == "clean"
    assert total > 80
    for k in [*range(1, 12, 2), *range(12, total, 15)]:
        socket_run(experiment, monkeypatch, k)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_every_socket_call(experiment, monkeypatch):
    def run(k):
        ended, calls = socket_run(experiment, monkeypatch, k)
        return ended, calls >= k

    _, beyond = sweep(run, range(1, 1000))
    assert beyond is not None, "one run was clean"
