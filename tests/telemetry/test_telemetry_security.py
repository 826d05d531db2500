"""Logins, TLS, MQTT 5, and configurations that cannot work."""

import asyncio
import shutil
import socket
import subprocess
from pathlib import Path

import aiomqtt
import pytest

from controller.processes.helper import HelperError
from controller.processes.launch import environment, python_module
from controller.telemetry.address import URL_VARIABLE, parse
from controller.telemetry.publisher import Publisher
from controller.telemetry.topics import Topics


def test_a_password_is_used_and_never_shown(run, loop, mosquitto, listening, telemetry, tmp_path):
    passwords = tmp_path / "passwords"
    tool = shutil.which("mosquitto_passwd")
    if tool is None:
        pytest.skip("mosquitto_passwd, which writes the broker's password file, is not installed here")
    subprocess.run([tool, "-c", "-b", passwords, "lab", "geheim77"], check=True, capture_output=True)
    passwords.chmod(0o644)

    async def case():
        async with mosquitto("allow_anonymous false", f"password_file {passwords}") as b:
            async with telemetry(f"mqtt://lab:geheim77@127.0.0.1:{b.port}") as t:
                await t.connected()
                assert t.lines[-1]["broker"] == f"mqtt://lab@127.0.0.1:{b.port}"
                assert "geheim77" not in Path(f"/proc/{t.helper.pid}/cmdline").read_text()
            async with telemetry(f"mqtt://lab:verkehrt88@127.0.0.1:{b.port}") as wrong:
                said = await wrong.says(lambda line: line["error"], "refused")
                assert "uthori" in said["error"]  # not authorized, in the broker's words
            for process in (t, wrong):
                everything = str(process.lines) + process.helper.last_words
                assert "geheim77" not in everything
                assert "verkehrt88" not in everything

    run(case())


def test_mqtt_5_on_request(run, loop, mosquitto, listening, telemetry):
    async def case():
        async with mosquitto() as b, listening(b.port, protocol=aiomqtt.ProtocolVersion.V5) as heard:
            async with telemetry(f"mqtt://127.0.0.1:{b.port}?version=5") as t:
                await t.connected()
                loop.push(20)
                await heard.until(lambda h: h.of("fast"), "data")
            await heard.until(lambda h: h.of("status") == ["online", "offline"], "offline")

    run(case())


def certificate(folder):
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl, which makes the test's certificate, is not installed here")
    key, cert = folder / "key.pem", folder / "cert.pem"
    subprocess.run(
        [
            *(openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, "-days", "2"),
            *("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"),
        ],
        check=True,
        capture_output=True,
    )
    key.chmod(0o644)
    return key, cert


def test_tls_checks_whom_it_talks_to(run, loop, mosquitto, telemetry, tmp_path):
    key, cert = certificate(tmp_path)

    async def case():
        async with mosquitto("allow_anonymous true", f"certfile {cert}", f"keyfile {key}") as b:
            async with telemetry(f"mqtts://localhost:{b.port}?ca={cert}") as t:
                await t.connected()
                t.helper.send({"event": {"n": 1}})
                await t.says(lambda line: line["event"]["published"] == 1, "an event acknowledged")
            assert t.lines[-1]["unsent"] == 0
            async with telemetry(f"mqtts://localhost:{b.port}") as stranger:
                said = await stranger.says(lambda line: line["error"], "refused")
                assert "certificate verify failed" in said["error"].lower()

    run(case())


def test_small_packets_are_not_held_back(run, mosquitto, monkeypatch):
    clients = []

    class Kept(aiomqtt.Client):
        def __init__(self, *arguments, **options):
            super().__init__(*arguments, **options)
            clients.append(self)

    async def case():
        monkeypatch.setattr(aiomqtt, "Client", Kept)
        async with mosquitto() as b:
            connected = asyncio.Event()
            publisher = Publisher(parse(f"mqtt://127.0.0.1:{b.port}"), "mockloop-x", Topics("test"), {}, [], connected.set)
            task = asyncio.create_task(publisher.run())
            await connected.wait()
            connection = clients[0]._client.socket()
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            publisher.leave()
            await task
            assert not publisher.connected

    run(case())


@pytest.mark.parametrize(
    ("url", "change", "words"),
    [
        ("mqtt://lab:geheim77@h/path", {}, "a path is refused"),
        ("mqtt://h", {"--bench": "a/b"}, "bench name 'a/b' is refused"),
        ("mqtt://h", {"--meta": "/nowhere/meta.json"}, "/nowhere/meta.json"),
        ("mqtt://h", {"--ring-fd": "0"}, "telemetry: "),
        ("mqtts://h?ca=/nowhere/ca.pem", {}, "ca=/nowhere/ca.pem cannot be used"),
        ("", {}, f"no broker address: give --url or ${URL_VARIABLE}"),
    ],
)
def test_what_cannot_work_is_said_once_and_not_tried_again(run, loop, telemetry, tmp_path, url, change, words):
    async def case():
        context = telemetry(url)
        process = await context.__aenter__()
        await process.helper.close()
        await context.__aexit__(None, None, None)
        given = {"--ring-fd": str(loop.ring.fd), "--bench": "test", "--meta": str(tmp_path / "meta.json"), **change}
        arguments = [word for pair in given.items() for word in pair]
        helper = process.helper
        helper._argv = python_module("controller.telemetry.process", *arguments)
        helper._environment = environment(**{URL_VARIABLE: url})
        await helper.start()
        with pytest.raises(HelperError) as caught:
            await helper.expect("connected")
        assert helper.returncode == 3
        assert words in str(caught.value)
        assert "geheim77" not in str(caught.value)

    run(case())


@pytest.mark.parametrize("rate", ["0.5", "51", "nan", "fast"])
def test_a_rate_outside_its_range_is_a_usage_error(rate):
    arguments = ["--ring-fd", "0", "--bench", "b", "--meta", "m", "--rate-hz", rate]
    command = python_module("controller.telemetry.process", *arguments)
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "--rate-hz" in done.stderr
