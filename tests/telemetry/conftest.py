"""A ring with frames, brokers on free ports (the embedded one and mosquitto), and a second client that listens."""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import socket

import aiomqtt
import numpy as np
import pytest

from cext.frame import FRAME_BYTES, FRAME_DTYPE
from cext.ring import RingWriter
from controller.telemetry import start
from controller.telemetry.meta import meta

WAIT_S = 20.0
MOSQUITTO = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin")


@pytest.fixture
def run():
    """Runs a coroutine with a bound on its time."""

    def runner(coroutine):
        async def bounded():
            return await asyncio.wait_for(coroutine, 90)

        return asyncio.run(bounded())

    return runner


class Loop:
    """The writing end of a ring; `tick` is the number of the next frame."""

    def __init__(self):
        self.ring = RingWriter(FRAME_BYTES, 16384)
        self.tick = 0

    def push(self, ticks, **columns):
        """Pushes `ticks` frames; columns by path with _ for the first dot, each an array or a number."""
        frames = np.zeros(ticks, FRAME_DTYPE)
        frames["time.tick"] = np.arange(self.tick, self.tick + ticks)
        frames["time.t_s"] = frames["time.tick"] * 1e-3
        for name, values in columns.items():
            frames[name.replace("_", ".", 1)] = values
        self.ring.push_frames(frames)
        self.tick += ticks


@pytest.fixture
def loop():
    return Loop()


class Embedded:
    def __init__(self):
        self.helper, self.port = start.broker(0), 0

    async def up(self):
        await self.helper.start()
        self.port = (await self.helper.expect("port"))["port"]

    @property
    def pid(self):
        return self.helper.pid

    async def kill(self):
        self.helper._restart = None  # the test says when it comes back
        os.kill(self.pid, signal.SIGKILL)
        while self.helper.alive:
            await asyncio.sleep(0.001)

    async def down(self):
        await self.helper.close()


class Mosquitto:
    def __init__(self, folder, lines=(), port=0):
        self.port, self.folder, self.lines, self.process = port or free_port(), folder, lines, None

    async def up(self):
        config = self.folder / f"mosquitto-{self.port}.conf"
        lines = [f"listener {self.port} 127.0.0.1", *(self.lines or ["allow_anonymous true"])]
        if os.geteuid() == 0:
            lines.append("user root")  # or it becomes a user who may not read the test's folder
        config.write_text("\n".join(lines) + "\n")
        self.process = await asyncio.create_subprocess_exec(
            MOSQUITTO, "-c", config, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
        )
        said = []
        while not said or b"running" not in said[-1]:
            said.append(await asyncio.wait_for(self.process.stderr.readline(), WAIT_S))
            assert said[-1], f"mosquitto ended at once: {said}"

    @property
    def pid(self):
        return self.process.pid

    async def kill(self):
        self.process.kill()
        await self.process.communicate()

    async def down(self):
        if self.process and self.process.returncode is None:
            await self.kill()


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@pytest.fixture
def unused_port():
    return free_port()


@pytest.fixture
def mosquitto(tmp_path):
    """Makes a mosquitto with the given lines of configuration."""
    if MOSQUITTO is None:
        pytest.skip("mosquitto, the broker to compare with, is not installed here")

    @contextlib.asynccontextmanager
    async def running(*lines, port=0):
        broker = Mosquitto(tmp_path, lines, port)
        await broker.up()
        try:
            yield broker
        finally:
            await broker.down()

    return running


@pytest.fixture(params=["embedded", "mosquitto"])
def broker(request):
    """An async context that runs the broker: the tests that use it run with both."""
    if request.param == "mosquitto":
        return request.getfixturevalue("mosquitto")

    @contextlib.asynccontextmanager
    async def running():
        broker = Embedded()
        await broker.up()
        try:
            yield broker
        finally:
            await broker.down()

    return running


class Listener:
    """What a second client receives: (topic's last level, payload) in order."""

    def __init__(self, client):
        self.client, self.messages, self._news = client, [], asyncio.Event()

    async def listen(self):
        async for message in self.client.messages:
            self.messages.append((str(message.topic).rsplit("/", 1)[1], message.payload.decode()))
            self._news.set()

    def of(self, leaf):
        return [payload for topic, payload in self.messages if topic == leaf]

    def objects(self, leaf):
        """The objects, without what says who published them (`publishers`)."""
        found = [json.loads(payload, parse_constant=pytest.fail) for payload in self.of(leaf)]
        return [{key: value for key, value in message.items() if key != "publisher"} for message in found]

    def publishers(self, leaf):
        return [json.loads(payload)["publisher"] for payload in self.of(leaf)]

    async def until(self, condition, what):
        async def wait():
            while not condition(self):
                self._news.clear()
                await self._news.wait()

        try:
            await asyncio.wait_for(wait(), WAIT_S)
        except TimeoutError:
            pytest.fail(f"never came: {what}; there came {[(t, p[:60]) for t, p in self.messages[-12:]]}")


@pytest.fixture
def listening():
    """A client that has subscribed to everything of the bench when the context is entered."""

    @contextlib.asynccontextmanager
    async def client(port, **options):
        async with aiomqtt.Client("127.0.0.1", port, **options) as connection:
            await connection.subscribe("mockloop/v1/test/#", qos=1)
            listener = Listener(connection)
            task = asyncio.create_task(listener.listen())
            try:
                yield listener
            finally:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    return client


class Telemetry:
    """The telemetry process with all its lines."""

    def __init__(self, loop, url, folder, **options):
        self.lines, self._news = [], asyncio.Event()
        document = folder / "meta.json"
        document.write_text(json.dumps(meta(bench="test", simulated=True, software={"name": "mockloop"}, epoch_s=1e9)))
        self.helper = start.telemetry(loop.ring.fd, url, "test", document, on_line=self._hear, **options)

    def _hear(self, line):
        self.lines.append(line)
        self._news.set()

    async def says(self, condition, what):
        """The first line from now on that fulfils the condition (the newest so far counts)."""

        async def wait():
            seen = max(0, len(self.lines) - 1)
            while True:
                for line in self.lines[seen:]:
                    if condition(line):
                        return line
                seen = len(self.lines)
                self._news.clear()
                await self._news.wait()

        try:
            return await asyncio.wait_for(wait(), WAIT_S)
        except TimeoutError:
            pytest.fail(f"never said: {what}; last was {self.lines[-1:]}; {self.helper.last_words}")

    async def connected(self):
        return await self.says(lambda line: line.get("connected"), "connected")


@pytest.fixture
def telemetry(loop, tmp_path):
    """Starts the telemetry process for a port or a whole address."""

    @contextlib.asynccontextmanager
    async def running(where, **options):
        url = where if isinstance(where, str) else f"mqtt://127.0.0.1:{where}"
        process = Telemetry(loop, url, tmp_path, **options)
        await process.helper.start()
        try:
            yield process
        finally:
            await process.helper.close()

    return running
