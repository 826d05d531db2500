"""The connection to the broker: made, announced, kept, made again. Needs nothing of the loop and holds nothing back from it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import time
from collections.abc import Callable, Mapping, Sequence

import aiomqtt

from controller.telemetry.address import Address
from controller.telemetry.lane import Lane
from controller.telemetry.topics import OFFLINE, ONLINE, Topics

ANSWER_S = 2.0  # for the connection, and for each answer of the broker; longer is a lost broker
KEEPALIVE_S = 5
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 1.0  # with ANSWER_S: back within 3 s of a broker's return
SETTLED_S = 2.0  # a connection that held so long clears the back-off
NODELAY = ((socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),)  # or the tail at 100 Hz is 30 to 35 ms


class Publisher:
    """Keeps one connection and empties the lanes into it.

    Args:
        address: of the broker.
        identity: of this publisher, also its client identifier, and in `meta` as ``publisher``.
        topics: of the bench.
        retained: topics with payloads that are published retained at every connection: at least that of the meta topic.
        lanes: one sender each.
        on_change: called when `connected` or `error` changed.
        on_command: called with what is published on the command topic and whether it was retained; None: it is not listened to.

    Raises:
        OSError: certificates of an mqtts address that cannot be used.
    """

    def __init__(
        self,
        address: Address,
        identity: str,
        topics: Topics,
        retained: Mapping[str, bytes],
        lanes: Sequence[Lane],
        on_change: Callable[[], None] = lambda: None,
        on_command: Callable[[bytes, bool], None] | None = None,
    ) -> None:
        self.connected = False
        self.connections = 0
        self.error: str | None = None
        self.shared_with: str | None = None  # another publisher of the same bench on this broker, as far as is known
        self._address = address
        self._topics = topics
        self._retained = retained
        self._lanes = lanes
        self._on_change = on_change
        self._on_command = on_command
        self._tls = address.tls_context()
        # One identity for life: a broker that still holds our dead connection then drops it before it greets the new one.
        self._identity = identity
        self._leaving = asyncio.Event()

    async def run(self) -> None:
        """Connects, and again whenever the connection is lost, until `leave`."""
        failures = 0
        while True:
            last = self._leaving.is_set()
            begun_s = time.monotonic()
            try:
                await self._connect_and_serve()
                self._tell(False, None)
                return
            except (aiomqtt.MqttError, OSError, ValueError) as error:
                if self.connected and time.monotonic() - begun_s > SETTLED_S:
                    failures = 0
                self._tell(False, f"broker {self._address.shown}: {error or type(error).__name__}")
            if last:
                return
            await _happens(self._leaving, min(FIRST_PAUSE_S * 2.0 ** min(failures, 10), LONGEST_PAUSE_S))
            failures += 1

    def leave(self) -> None:
        """Empties the lanes, publishes "offline" and ends `run`; a broker that is not there is tried once more."""
        self._leaving.set()

    async def _connect_and_serve(self) -> None:
        client = aiomqtt.Client(
            self._address.host,
            self._address.port,
            username=self._address.user,
            password=self._address.password,
            identifier=self._identity,
            protocol=aiomqtt.ProtocolVersion.V5 if self._address.version == "5" else aiomqtt.ProtocolVersion.V311,
            will=aiomqtt.Will(self._topics.status, OFFLINE, qos=1, retain=True),
            timeout=ANSWER_S,
            keepalive=KEEPALIVE_S,
            tls_context=self._tls,
            socket_options=NODELAY,
            max_queued_incoming_messages=16,
        )
        client._client.connect_timeout = ANSWER_S  # aiomqtt hands it no timeout of its own for the TCP connection
        try:
            async with client:
                try:
                    await self._serve(client)
                except BaseException:
                    _cut(client)
                    raise
        except BaseException:
            _cut(client)
            raise

    async def _serve(self, client: aiomqtt.Client) -> None:
        heard = [(self._topics.status, 1), (self._topics.meta, 1)]
        await client.subscribe(heard + [(self._topics.command, 1)] * (self._on_command is not None))
        await self._present(client)
        self.connections += 1
        self.shared_with = None
        self._tell(True, None)
        tasks = [asyncio.create_task(self._watch(client)), asyncio.create_task(self._drained())]
        tasks += [asyncio.create_task(_send(client, lane)) for lane in self._lanes]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        await client.publish(self._topics.status, OFFLINE, qos=1, retain=True)

    async def _present(self, client: aiomqtt.Client) -> None:
        for topic, payload in self._retained.items():
            await client.publish(topic, payload, qos=1, retain=True)
        await client.publish(self._topics.status, ONLINE, qos=1, retain=True)

    async def _watch(self, client: aiomqtt.Client) -> None:
        """Raises MqttError when the connection ends.

        An "offline" that is not ours (the late last will of a predecessor, or a second run on the same bench that has ended)
        is put right, and so is the description. Another one's description is a second run; ours answers it once.
        """
        async for message in client.messages:
            if self._on_command is not None and str(message.topic) == self._topics.command:
                self._on_command(message.payload if isinstance(message.payload, bytes) else b"", bool(message.retain))
                continue
            if message.retain:  # left by a run that has ended, or will answer
                continue
            if str(message.topic) == self._topics.status:
                if message.payload == OFFLINE.encode():
                    self._share(None)
                    await self._present(client)
            elif (other := _publisher(message.payload)) not in (self._identity, self.shared_with):
                self._share(other)
                await self._present(client)

    def _share(self, other: str | None) -> None:
        if other != self.shared_with:
            self.shared_with = other
            self._on_change()

    async def _drained(self) -> None:
        await self._leaving.wait()
        for lane in self._lanes:
            await lane.idle.wait()

    def _tell(self, connected: bool, error: str | None) -> None:
        changed = (connected, error) != (self.connected, self.error)
        self.connected, self.error = connected, error
        if changed:
            self._on_change()


def _publisher(meta: object) -> str:
    """Who published this description; versions before this one did not say."""
    try:
        found = json.loads(meta) if isinstance(meta, (bytes, bytearray, str)) else None
    except ValueError:
        found = None
    return str(found.get("publisher", "another program")) if isinstance(found, dict) else "another program"


async def _send(client: aiomqtt.Client, lane: Lane) -> None:
    while True:
        payload = await lane.take()
        try:
            await client.publish(lane.topic, payload, qos=lane.qos)
        except BaseException:
            lane.failed(payload)
            raise
        lane.landed()


async def _happens(event: asyncio.Event, timeout_s: float) -> bool:
    try:
        await asyncio.wait_for(event.wait(), timeout_s)
    except TimeoutError:
        return False
    return True


def _cut(client: aiomqtt.Client) -> None:
    """Ends the connection without a farewell, so that the broker sends our last will, and without a wait for one that is
    stalled: paho reads the end of the stream, closes the socket and takes its callbacks off the event loop."""
    connection = client._client.socket()
    if isinstance(connection, socket.socket):
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
        client._client.loop_read()
