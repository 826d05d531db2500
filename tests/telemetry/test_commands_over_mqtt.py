"""A run that is commanded over MQTT: through a mosquitto with passwords, access lists and TLS, by the program's own command."""

import asyncio
import json
import re
import shutil
import subprocess
import sys
import time
import urllib.request

import aiomqtt
import pytest

from controller.processes.launch import environment
from controller.telemetry.address import parse
from controller.telemetry.command_keys import read_keys
from controller.telemetry.send import send, signed

PROTOCOL = """
[protocol]
name = "asked"
title = "A question, then a long hold"
requires = ["iabp", "patient-model"]
patient = "healthy"

[[step]]
name = "question"
prompt = "Is the clamp open?"
hold_s = 1.0

[[step]]
name = "watch"
hold_s = 120.0
"""
CODE = "from controller.cli import main; main()"
ACCESS = """
user loop
topic readwrite mockloop/v1/virtual/#
user desk
topic write mockloop/v1/virtual/command
topic read mockloop/v1/virtual/#
user guest
topic read mockloop/v1/virtual/#
"""


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
        check=True, capture_output=True,
    )  # fmt: skip
    key.chmod(0o644)
    return key, cert


@pytest.fixture
def guarded(tmp_path):
    """Lines of a mosquitto that lets in loop, desk and guest, each with a password, and only `desk` and `loop` write commands."""
    tool = shutil.which("mosquitto_passwd")
    if tool is None:
        pytest.skip("mosquitto_passwd, which writes the broker's password file, is not installed here")
    passwords, access = tmp_path / "passwords", tmp_path / "access"
    for i, user in enumerate(("loop", "desk", "guest")):
        subprocess.run([tool, *["-c"] * (i == 0), "-b", passwords, user, f"{user}-secret"], check=True, capture_output=True)
    access.write_text(ACCESS)
    key, cert = certificate(tmp_path)
    for file in (passwords, access):
        file.chmod(0o600)
    return [
        "allow_anonymous false",
        f"password_file {passwords}",
        f"acl_file {access}",
        f"certfile {cert}",
        f"keyfile {key}",
    ], cert


class Running:
    """`mockloop run --mqtt-keys` of the protocol above, and `mockloop send` to it."""

    def __init__(self, folder, url):
        self.folder, self.url = folder, url
        (folder / "asked.toml").write_text(PROTOCOL)
        self.keys = folder / "keys"
        self.keys.write_text(f"operator anna {'a' * 40}\nstop button {'b' * 40}\n")
        self.keys.chmod(0o600)
        with (folder / "stderr").open("wb") as stderr:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-c", CODE, "run", "asked.toml", "--mqtt", url("loop"), "--mqtt-keys", self.keys, "--out", "r"],
                cwd=folder, env=environment(), stdin=subprocess.DEVNULL, stderr=stderr,
            )  # fmt: skip

    async def send(self, *words, key="anna", user="desk", wait_s=15.0):
        """(exit code, what was said)."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-c", CODE, "send", "--mqtt-keys", str(self.keys), "--key", key, "--wait-s", str(wait_s), "--mqtt",
            self.url(user), *words, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        out, err = await process.communicate()
        return process.returncode, (out + err).decode()

    async def event(self, words):
        """Waits for an event whose text has `words`."""
        deadline_s = time.monotonic() + 40.0
        file = self.folder / "r" / "events.jsonl"
        while not file.is_file() or words not in file.read_text():
            assert self.process.poll() is None, (self.folder / "stderr").read_text()
            assert time.monotonic() < deadline_s, f"no event {words!r}"
            await asyncio.sleep(0.05)

    async def ended(self):
        while self.process.poll() is None:
            await asyncio.sleep(0.05)
        return self.process.returncode, json.loads((self.folder / "r" / "summary.json").read_text())


def test_a_run_is_answered_set_and_stopped_over_a_guarded_broker(run, mosquitto, guarded, tmp_path):
    lines, cert = guarded

    async def case():
        async with mosquitto(*lines) as b:
            one = Running(tmp_path, lambda user: f"mqtts://{user}:{user}-secret@localhost:{b.port}?ca={cert}")
            try:
                await one.event("question 1 waits for an answer")
                assert await one.send("answer", "2", "yes") == (3, "answer: this is not asked any more\n")
                assert await one.send("answer", "1", "open, seen") == (0, "answered\n")
                assert (await one.send("set", "patient.hr_bpm=88"))[0] == 0
                code, said = await one.send("set", "patient.hr_bpm=9999")
                assert code == 3 and "allowed is 30 to 200 bpm" in said
                code, said = await one.send("set", "iabp.assist=1:2", key="button")
                assert code == 3 and "may press STOP only" in said
                code, said = await one.send("pause", user="guest", wait_s=3.0)
                assert code == 4 and "may this login publish on its command topic?" in said
                assert (await one.send("stop", key="button"))[0] == 0
                return await one.ended()
            finally:
                one.process.kill()
                one.process.wait()

    code, summary = run(case())
    assert code == 5, (summary["verdict"], summary["reason"], summary["tripped"])
    assert summary["steps"][0]["prompts"][0]["answer"] == "anna over MQTT: open, seen"
    assert [text.partition(": ")[2] for text in summary["deviations"]] == ["patient.hr_bpm = 88.0 set by anna over MQTT"]
    assert "secret" not in (tmp_path / "stderr").read_text() + (tmp_path / "r" / "events.jsonl").read_text()


def test_without_keys_the_command_topic_is_not_even_heard(run, loop, broker, listening, telemetry):
    async def case():
        async with broker() as b, listening(b.port) as heard, telemetry(b.port) as t:
            await t.connected()
            async with aiomqtt.Client("127.0.0.1", b.port) as client:
                await client.publish("mockloop/v1/test/command", b"anything", qos=1)
            await heard.until(lambda h: h.of("command"), "the command, at another client")
            t.helper.send({"event": {"n": 1}})
            await heard.until(lambda h: h.of("event"), "what came later")
            assert not heard.of("reply")
            assert not any("command" in line for line in t.lines)

    run(case())


def test_retained_and_replayed_commands_do_not_reach_the_supervisor(run, loop, broker, listening, telemetry, tmp_path):
    keys = tmp_path / "keys"
    keys.write_text(f"operator anna {'a' * 40}\n")
    keys.chmod(0o600)
    anna = read_keys(keys)["anna"]

    async def case():
        async with broker() as b, listening(b.port) as heard, aiomqtt.Client("127.0.0.1", b.port) as client:

            async def say(token, **options):
                await client.publish("mockloop/v1/test/command", token, qos=1, **options)

            await say(signed("test", anna, {"name": "abort"}, "old", time.time()), retain=True)
            async with telemetry(b.port, keys=keys) as t:
                await t.connected()
                await heard.until(lambda h: h.of("reply"), "an answer to the retained command")
                assert "retained" in heard.objects("reply")[0]["problems"][0]
                token = signed("test", anna, {"name": "pause"}, "new", time.time())
                await say(token)
                command = (await t.says(lambda line: "command" in line, "a command"))["command"]
                assert (command["name"], command["by"], command["id"]) == ("pause", "anna over MQTT", "new")
                t.helper.send({"reply": {"id": "new", "ok": True, "text": "pause"}})
                await heard.until(lambda h: any(a["ok"] for a in h.objects("reply")), "its answer")
                await say(token)
                await heard.until(
                    lambda h: "came already" in str(h.objects("reply")[-1].get("problems")), "an answer to the copy"
                )
                assert sum("command" in line for line in t.lines) == 1
                said = await t.says(lambda line: line.get("commands_refused", 0) >= 2, "the count of refused ones")
                assert said["connected"]

    run(case())


def post(url, path, body):
    request = urllib.request.Request(f"{url}{path}", json.dumps(body).encode(), {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)


def test_who_is_in_control_at_the_console_is_not_surprised(run, mosquitto, tmp_path):
    (tmp_path / "configs" / "protocols").mkdir(parents=True)
    (tmp_path / "configs" / "protocols" / "asked.toml").write_text(PROTOCOL)
    keys = tmp_path / "keys"
    keys.write_text(f"operator anna {'a' * 40}\n")
    keys.chmod(0o600)
    anna = read_keys(keys)["anna"]

    async def case():
        async with mosquitto() as b, aiomqtt.Client("127.0.0.1", b.port) as client:
            await client.subscribe("mockloop/v1/virtual/#", qos=1)
            address = parse(f"mqtt://127.0.0.1:{b.port}")
            with (tmp_path / "stderr").open("wb") as stderr:
                process = subprocess.Popen(
                    [sys.executable, "-P", "-c", CODE, "console", "--port", "0", "--mqtt", f"mqtt://127.0.0.1:{b.port}",
                     "--mqtt-keys", keys],
                    cwd=tmp_path, env=environment(), stdin=subprocess.DEVNULL, stderr=stderr,
                )  # fmt: skip
            try:
                while not (said := re.search(r"console +(http://\S+)", (tmp_path / "stderr").read_text())):
                    assert process.poll() is None
                    await asyncio.sleep(0.05)
                url = said[1].rstrip("/")
                lease = post(url, "/api/lease", {"by": "bert"})["lease"]
                assert post(url, "/api/command", {"lease": lease, "command": {"name": "start_run", "protocol": "asked"}})["ok"]
                async for message in client.messages:
                    if b"question 1 waits for an answer" in message.payload:
                        break
                lease = post(url, "/api/lease", {"by": "bert", "force": True})["lease"]  # the first may have run out meanwhile
                refused = await send(address, "virtual", anna, {"name": "answer", "prompt": 1}, 10.0)
                assert refused["problems"] == ["bert is in control at the console: wait until control is given back"]
                post(url, "/api/lease/release", {"lease": lease})
                for _ in range(20):  # the supervisor hears of it within half a second
                    await asyncio.sleep(0.25)
                    answered = await send(address, "virtual", anna, {"name": "answer", "prompt": 1}, 10.0)
                    if answered["ok"]:
                        break
                assert (answered["ok"], answered["text"]) == (True, "answered")
                post(url, "/api/lease", {"by": "bert"})
                assert (await send(address, "virtual", anna, {"name": "stop"}, 10.0))["ok"], "STOP asks for nobody's leave"
            finally:
                process.terminate()
                process.wait(90.0)

    run(case())
