"""The embedded broker as a process: its line, its ports, its end, and clients that do not read."""

import asyncio
import json
import os
import signal
import socket
import sys
from pathlib import Path

import aiomqtt
import pytest

from controller.processes.helper import HelperError
from controller.processes.launch import environment, python_module
from controller.telemetry import start
from controller.telemetry.prompt_writer import PromptWriter

CONNECT = b"\x10\x10\x00\x04MQTT\x04\x02\x00\x00\x00\x04deaf"
SUBSCRIBE = b"\x82\x08\x00\x01\x00\x03t/#\x00"


async def begin(*arguments):
    process = await asyncio.create_subprocess_exec(
        *python_module("controller.telemetry.broker", *arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=environment(),
    )
    return process, json.loads(await process.stdout.readline())


@pytest.mark.parametrize("end", ["eof", "sigterm"])
def test_it_says_its_port_and_leaves_without_a_word(run, end):
    async def case():
        process, line = await begin("--port", "0")
        async with aiomqtt.Client("127.0.0.1", line["port"]) as client:
            await client.publish("a", "b", qos=1)
        with socket.create_connection(("127.0.0.1", line["port"])) as stranger:
            stranger.sendall(b"GET / HTTP/1.1\r\n\r\n")
        if end == "sigterm":
            process.send_signal(signal.SIGTERM)
            assert await process.wait() == 0
        process.stdin.close()
        out, errors = await process.communicate()
        assert process.returncode == 0
        assert (out, errors) == (b"", b"")

    run(case())


def test_a_port_that_is_taken_is_a_clear_error(run):
    async def case():
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            port = other.getsockname()[1]
            process, line = await begin("--port", str(port))
            _, errors = await process.communicate()
            assert process.returncode == 3
            assert errors == b""
            assert line["error"]["what"] == "port-taken"
            assert f"port {port} on 127.0.0.1 is taken" in line["error"]["text"]
            changes = []
            helper = start.broker(port, on_change=changes.append)
            await helper.start()
            with pytest.raises(HelperError, match=f"port {port} on 127.0.0.1 is taken"):
                await helper.expect("port")
            assert [change.what for change in changes] == ["started", "gave-up"]

    run(case())


def test_an_address_that_is_not_ours_is_a_clear_error(run):
    async def case():
        process, line = await begin("--port", "0", "--host", "192.0.2.1")
        await process.communicate()
        assert process.returncode == 3
        assert line["error"]["what"] == "cannot-listen"
        assert "192.0.2.1" in line["error"]["text"]

    run(case())


def test_a_port_that_is_none_is_a_usage_error(run):
    async def case():
        process = await asyncio.create_subprocess_exec(
            *python_module("controller.telemetry.broker", "--port", "70000"), stderr=asyncio.subprocess.PIPE, env=environment()
        )
        _, errors = await process.communicate()
        assert process.returncode == 2
        assert b"allowed is 1 to 65535" in errors

    run(case())


def test_a_killed_broker_comes_back_on_its_port(run):
    async def case():
        helper = start.broker(0)
        await helper.start()
        port = (await helper.expect("port"))["port"]
        os.kill(helper.pid, signal.SIGKILL)
        assert (await helper.expect("port"))["port"] == port
        assert helper.restarts == 1
        assert await helper.close() == 0

    run(case())


def resident_MB(pid):
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def deaf_client(port):
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect(("127.0.0.1", port))
    connection.sendall(CONNECT + SUBSCRIBE)
    answer = b""
    while len(answer) < 9:  # CONNACK and SUBACK; from here on it reads nothing
        answer += connection.recv(9 - len(answer))
    assert answer == b"\x20\x02\x00\x00\x90\x03\x00\x01\x00"
    return connection


def test_a_client_that_does_not_read_is_not_queued_for(run):
    """2500 messages of 16 kB pass a deaf subscriber: the other one gets them all, and the broker does not grow by them."""
    count, size = 2500, 16384

    async def case():
        helper = start.broker(0)
        await helper.start()
        port = (await helper.expect("port"))["port"]
        loop = asyncio.get_running_loop()
        deaf = await loop.run_in_executor(None, deaf_client, port)
        async with aiomqtt.Client("127.0.0.1", port) as good, aiomqtt.Client("127.0.0.1", port) as sender:
            await good.subscribe("t/#")
            received = asyncio.create_task(take(good, count))
            before_MB = resident_MB(helper.pid)
            for number in range(count):
                await sender.publish("t/x", b"%06d" % number + bytes(size - 6))
                if number % 50 == 0:
                    await sender.publish("other", "", qos=1)  # in step with the broker
            numbers = await received
            assert numbers == list(range(count))
            assert resident_MB(helper.pid) - before_MB < count * size / 1e6 / 4
        deaf.close()
        await helper.close()

    async def take(client, count):
        numbers = []
        async for message in client.messages:
            numbers.append(int(message.payload[:6]))
            if len(numbers) == count:
                break
        return numbers

    run(case())


def test_bounds_of_the_writer_for_one_client(run):
    """Small messages without acknowledgement are left out first; a client for whom too much waits is cut off."""
    publish_0, publish_1 = b"\x30" + bytes(999), b"\x32" + bytes(999)

    async def case():
        writers = asyncio.Queue()
        server = await asyncio.start_server(lambda _, writer: writers.put_nowait(writer), "127.0.0.1", 0)
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(server.sockets[0].getsockname())
        stream = await writers.get()
        writer = PromptWriter(stream)
        assert stream.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        while not writer.left_out:
            writer.write(publish_0)
            await writer.drain()
        waiting = stream.transport.get_write_buffer_size()
        for _ in range(100):
            writer.write(publish_0)
        assert writer.left_out == 101
        assert stream.transport.get_write_buffer_size() == waiting
        writer.write(publish_1)
        assert stream.transport.get_write_buffer_size() == waiting + 1000
        for _ in range(5000):
            writer.write(publish_1)
        assert stream.transport.is_closing()
        await writer.close()
        connection.close()
        server.close()

    run(case())


def test_starting_it_as_a_module_needs_no_folder(run, tmp_path, monkeypatch):
    """A folder of the same name where the user happens to be is not what runs."""
    (tmp_path / "controller").mkdir()
    (tmp_path / "controller" / "__init__.py").write_text("raise SystemExit('the wrong one')")
    monkeypatch.chdir(tmp_path)

    async def case():
        helper = start.broker(0)
        await helper.start()
        assert (await helper.expect("port"))["port"] > 0
        assert await helper.close() == 0

    run(case())
    assert sys.executable in python_module("x")
