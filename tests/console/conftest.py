"""The console's server on a ring that the test writes (the test is its supervisor), and a whole `mockloop console`."""

import contextlib
import http.client
import json
import queue
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from websockets.sync.client import connect

import controller.console
from cext.frame import FRAME_BYTES, FRAME_DTYPE
from cext.ring import RingWriter
from controller.processes.launch import environment, python_module

WAIT_S = 60.0
CHROMIUM = next((found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None)
STATIC = Path(controller.console.__file__).parent / "static" / "index.html"
PROTOCOL = """
[protocol]
name = "bench-check"
title = "A short look at a patient"
requires = ["patient-model", "iabp"]
patient = "healthy"

[[abort_if]]
metric = "hr_bpm"
above = 130.0
trip = true
why = "faster than this check allows"

[[step]]
name = "fill"
title = "Ask first"
prompt = "Is the reservoir full?"

[[step]]
name = "look"
set = { iabp.enabled = true }
hold_s = HOLD
expect = [{ metric = "map_mmHg", low = 50, high = 140, source = "any living adult" }]

[teardown]
set = { iabp.enabled = false }
"""


class Web:
    """HTTP and WebSocket to one address. `cookie` goes with every request."""

    def __init__(self, port):
        self.port, self.cookie = port, ""

    def call(self, method, path, body=None, headers=None, raw=None):
        """(status, headers, body: JSON decoded where it is JSON)."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        sent = dict(headers or {})
        if body is not None:
            raw = json.dumps(body).encode()
            sent.setdefault("Content-Type", "application/json")
        if self.cookie:
            sent.setdefault("Cookie", self.cookie)
        try:
            connection.request(method, path, raw, sent)
            answer = connection.getresponse()
            data = answer.read()
        finally:
            connection.close()
        found = {name.lower(): value for name, value in answer.getheaders()}
        return answer.status, found, json.loads(data) if "json" in found.get("content-type", "") else data

    def get(self, path):
        status, _, body = self.call("GET", path)
        assert status == 200, (path, status, body)
        return body

    def post(self, path, body):
        status, _, found = self.call("POST", path, body)
        return status, found

    def stream(self, **options):
        headers = {"Cookie": self.cookie} if self.cookie else {}
        options.setdefault("max_size", 1 << 24)
        return connect(f"ws://127.0.0.1:{self.port}/api/stream", additional_headers=headers, **options)


class Server(Web):
    """The console process alone. What it says to its supervisor is in `heard`; `say` speaks to it."""

    def __init__(self, folder, *arguments):
        self.ring, self.tick = RingWriter(FRAME_BYTES, 16384), 0
        self._ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        command = python_module("controller.console.process", "--mailbox-fd", str(theirs.fileno()), "--runs", str(folder),
                                "--port", "0", *arguments)  # fmt: skip
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=[theirs.fileno()], env=environment()
        )
        theirs.close()
        self.heard = queue.Queue()
        self.answers = {}  # name of a command -> reply; None: no reply
        self.first = json.loads(self.process.stdout.readline() or b"{}")
        super().__init__(self.first.get("port"))
        self.give_ring()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def give_ring(self):
        socket.send_fds(self._ours, [b"ring"], [self.ring.fd])

    def _read(self):
        for line in self.process.stdout:
            said = json.loads(line)
            self.heard.put(said)
            command = said.get("command", {})
            reply = self.answers.get(command.get("name"))
            if reply is not None:
                self.say({"reply": {"id": command["id"], **reply}})

    def say(self, message):
        self.process.stdin.write(json.dumps(message).encode() + b"\n")
        self.process.stdin.flush()

    def push(self, ticks, **columns):
        frames = np.zeros(ticks, FRAME_DTYPE)
        frames["time.tick"] = np.arange(self.tick, self.tick + ticks)
        for name, values in columns.items():
            frames[name.replace("_", ".", 1)] = values
        self.ring.push_frames(frames)
        self.tick += ticks

    @contextlib.contextmanager
    def running(self, **columns):
        """The ring is written at 1 kHz meanwhile."""
        done = threading.Event()

        def write():
            while not done.wait(0.025):
                self.push(25, **columns)

        thread = threading.Thread(target=write, daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    @property
    def memory_MB(self):
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024

    def close(self):
        self._ours.close()
        if not self.process.stdin.closed:
            self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._reader.join(5)
        self.process.stdout.close()


@pytest.fixture
def server(tmp_path):
    server = Server(tmp_path)
    yield server
    server.close()


@pytest.fixture(scope="session")
def server_class():
    return Server


@pytest.fixture
def server_with(tmp_path):
    """Makes servers with arguments of their own."""
    made = []

    def make(*arguments):
        made.append(Server(tmp_path, *arguments))
        return made[-1]

    yield make
    for one in made:
        one.close()


class Console(Web):
    """A whole `mockloop console` on the virtual bench in `folder`, whose configs/ it sees."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "configs" / "protocols").mkdir(parents=True, exist_ok=True)
        for name, hold_s in (("bench-check", "3.0"), ("bench-watch", "120.0")):
            text = PROTOCOL.replace("HOLD", hold_s).replace("bench-check", name)
            (folder / "configs" / "protocols" / f"{name}.toml").write_text(text)
        code = "from controller.cli import main; main()"
        with (folder / "stderr").open("wb") as stderr:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-c", code, "console", "--mqtt", "off", "--port", "0", "--policy", "decimated"],
                cwd=folder, env=environment(), stdin=subprocess.DEVNULL, stderr=stderr, process_group=0,
            )  # fmt: skip
        deadline_s = time.monotonic() + WAIT_S
        while not (said := re.search(r"console +(http://\S+)", (folder / "stderr").read_text())):
            assert self.process.poll() is None and time.monotonic() < deadline_s, (folder / "stderr").read_text()
            time.sleep(0.05)
        self.url = said[1]
        super().__init__(int(self.url.rsplit(":", 1)[1].strip("/")))
        self.lease = ""
        self.until(lambda status: status["phase"] == "idle")

    @property
    def status(self):
        return self.get("/api/status")["status"]

    def until(self, met, timeout_s=WAIT_S):
        """The first status that `met` says yes to."""
        deadline_s = time.monotonic() + timeout_s
        while time.monotonic() < deadline_s:
            status = self.status
            if met(status):
                return status
            time.sleep(0.05)
        raise AssertionError(f"never came: {status}")

    def state(self):
        """The machine's state, as the stream's scalars have it."""
        return int(self.scalar("state.state"))

    def scalar(self, name):
        """A scalar of the newest block of the stream."""
        from controller.console.block import HEAD
        from controller.console.channels import SCALARS

        with self.stream() as stream:
            while isinstance(found := stream.recv(timeout=20), str):
                pass
        return np.frombuffer(found, "<f8", len(SCALARS), HEAD.size)[SCALARS.index(name)]

    def take(self, by="anna", **more):
        status, found = self.post("/api/lease", {"by": by, **more})
        assert status == 200, found
        self.lease = found["lease"]

    def ask(self, name, **more):
        """(status, answer) of a command. The heartbeat that a browser sends is made up for: a slow test may outlast a lease."""
        answer = self.post("/api/command", {"lease": self.lease, "command": {"name": name, **more}})
        if "nobody is in control" in str(answer[1].get("detail")):
            self.take()
            answer = self.post("/api/command", {"lease": self.lease, "command": {"name": name, **more}})
        return answer

    def close(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(120)  # a report may just be written
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise


@pytest.fixture(scope="module")
def console(tmp_path_factory):
    console = Console(tmp_path_factory.mktemp("bench"))
    yield console
    console.close()


@pytest.fixture
def stored_run(console):
    """The name of a run that has ended, with its recording."""
    rows = console.get("/api/runs")
    if not rows:
        code = "from controller.cli import main; main()"
        folder = "runs/20260101-000000-iabp-weaning"
        subprocess.run(
            [sys.executable, "-P", "-c", code, "run", "iabp-weaning", "--fast", "--mqtt", "off", "--out", folder],
            cwd=console.folder, env=environment(), stdin=subprocess.DEVNULL, capture_output=True, check=True, timeout=200,
        )  # fmt: skip
        rows = console.get("/api/runs")
    return rows[0]["name"]


@pytest.fixture(scope="module")
def browser():
    if CHROMIUM is None:
        pytest.skip("no Chromium on PATH (Debian: apt-get install chromium)")
    if not STATIC.is_file():
        pytest.skip("the console's front end is not built (make console)")
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as api:
        browser = api.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser, console):
    """A page at 1280 x 720 that fails its test on an error of a script or a request to another machine."""
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    page.set_default_timeout(60_000)
    wrong = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" and "409" not in said.text else None)
    page.on(
        "request", lambda asked: None if asked.url.startswith((console.url, "data:", "ws://127")) else wrong.append(asked.url)
    )
    page.goto(console.url)
    yield page
    page.close()
    assert wrong == []
