"""Who may speak to the console, and what happens to those who speak nonsense."""

import json
import random
import shutil
import socket
import ssl
import subprocess
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from controller.console.access import Access, TooManyTries, read_tokens
from controller.console.listening import Listening, refuse_open_door
from controller.processes.launch import environment, python_module

TOKENS = "operator operator-token-0123456789\nviewer viewer-token-0123456789\n"


@pytest.fixture(scope="module")
def one_server(tmp_path_factory, server_class):
    server = server_class(tmp_path_factory.mktemp("runs"))
    yield server
    server.close()


@pytest.fixture
def server(one_server):
    """One for all tests that leave it as they found it."""
    while not one_server.heard.empty():
        one_server.heard.get()
    return one_server


@pytest.fixture
def secured(tmp_path, server_with):
    file = tmp_path / "tokens"
    file.write_text(TOKENS)
    file.chmod(0o600)
    return server_with("--token-file", str(file))


def test_it_answers_to_its_own_name_only(server):
    port = server.port
    for host in (f"127.0.0.1:{port}", f"localhost:{port}", "[::1]:1"):
        assert server.call("GET", "/api/hello", headers={"Host": host})[0] == 200, host
    for host in ("evil.example", f"evil.example:{port}", "127.0.0.1.evil.example", "a@127.0.0.1", ""):
        status, _, said = server.call("GET", "/api/hello", headers={"Host": host})
        assert status in (400, 421), (host, said)


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "http://evil.example"}, {"Origin": "null"}, {"Origin": "https://127.0.0.1"}, {"Sec-Fetch-Site": "cross-site"}],
)
def test_a_page_of_another_origin_can_do_nothing(server, headers):
    assert server.call("POST", "/api/stop", {"by": "evil"}, headers=headers)[0] == 403
    with pytest.raises(InvalidStatus):
        connect_with(server, headers)
    assert server.heard.empty()


def connect_with(server, headers):
    return connect(f"ws://127.0.0.1:{server.port}/api/stream", additional_headers=headers)


def test_its_own_page_may(server):
    own = {"Origin": f"http://127.0.0.1:{server.port}", "Sec-Fetch-Site": "same-origin"}
    assert server.call("POST", "/api/stop", {"by": "anna"}, headers=own)[0] == 200
    assert server.call("POST", "/api/stop", raw=b"", headers=own)[0] == 200  # nobody has to say who stops
    assert server.heard.get(timeout=10)["command"] == {"id": 0, "name": "stop", "by": "anna"}


def test_every_answer_forbids_what_the_page_does_not_need(server):
    for path in ("/api/hello", "/api/protocols", "/", "/nothing"):
        _, headers, _ = server.call("GET", path)
        assert "default-src 'self'" in headers["content-security-policy"], path
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert "access-control-allow-origin" not in headers


def test_bodies_and_frames_beyond_their_limit_are_refused(server):
    before_MB = server.memory_MB
    assert server.call("POST", "/api/stop", raw=b"x" * 70_000, headers={"Content-Type": "application/json"})[0] == 413
    chunks = iter([b"x" * 4096] * 64)
    assert server.call("POST", "/api/stop", raw=chunks, headers={"Content-Type": "application/json"})[0] == 413
    with server.stream() as stream:
        with pytest.raises(ConnectionClosed) as closed:
            stream.send(b"\0" * (64 << 20))
            while True:
                stream.recv(timeout=20)
        assert closed.value.rcvd is None or closed.value.rcvd.code in (1009, 1006)
    assert server.memory_MB - before_MB < 50
    assert server.get("/api/hello")["role"] == "operator"


def test_garbage_is_survived(server):
    rng = random.Random(6)
    for _ in range(60):
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as raw:
            begin = rng.choice(
                [b"", b"GET / HTTP/1.1\r\n", b"POST /api/command HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n"]
            )
            raw.sendall(begin + rng.randbytes(rng.randrange(1, 3000)))
    with server.stream() as stream:
        for text in ("", "{", "[]", '{"stop": 1}', '{"stop": "true"}', "[" * 2000, '{"samples": "no"}', "\ud7ff"):
            stream.send(text)
        stream.send(b"\xff\xfe")
    for body in (
        {},
        [],
        {"lease": 1},
        {"lease": "", "command": {"name": "arm", "more": 1}},
        {"lease": "", "command": {"name": "rm"}},
    ):
        assert server.post("/api/command", body)[0] == 422, body
    assert server.get("/api/hello")["role"] == "operator"
    assert all("command" not in said for said in list(server.heard.queue)), "nothing of it was taken for a command"


def test_two_hundred_connections_that_say_nothing(server):
    before_MB = server.memory_MB
    open_ones = [socket.create_connection(("127.0.0.1", server.port), timeout=10) for _ in range(200)]
    try:
        assert server.get("/api/hello")["role"] == "operator"
        assert server.memory_MB - before_MB < 50
    finally:
        for one in open_ones:
            one.close()


@pytest.mark.parametrize(
    "path",
    ["/../pyproject.toml", "/api/runs/../../etc/report", "/api/runs/%2e%2e/summary", "/api/runs/x/config", "/assets/../app.py"],
)
def test_no_path_leads_out(server, path):
    assert server.call("GET", path)[0] in (404, 405, 503)


def test_without_a_token_nobody_sees_anything(secured):
    assert secured.get("/api/hello") == {"version": secured.get("/api/hello")["version"], "asks": True, "role": None}
    for path in ("/api/status", "/api/protocols", "/api/runs", "/api/settings", "/api/events"):
        assert secured.call("GET", path)[0] == 401, path
    assert secured.post("/api/stop", {"by": "x"})[0] == 401
    with pytest.raises(InvalidStatus):
        secured.stream()
    assert secured.post("/api/login", {"token": "wrong"})[0] == 401


def test_a_viewer_sees_and_stops_and_no_more(secured):
    status, headers, _ = secured.call("POST", "/api/login", {"token": "viewer-token-0123456789"})
    cookie = headers["set-cookie"]
    assert status == 200 and "HttpOnly" in cookie and "SameSite=strict" in cookie and "viewer-token" not in cookie
    secured.cookie = cookie.split(";")[0]
    assert secured.get("/api/hello")["role"] == "viewer"
    assert secured.post("/api/lease", {"by": "eve"})[0] == 403
    assert secured.post("/api/command", {"lease": "x", "command": {"name": "arm"}})[0] == 403
    assert secured.post("/api/stop", {"by": "eve"})[0] == 200
    with secured.stream() as stream:
        assert json.loads(stream.recv(timeout=20))["role"] == "viewer"


def test_an_operator_takes_control_and_only_one_has_it(secured):
    secured.cookie = secured.call("POST", "/api/login", {"token": "operator-token-0123456789"})[1]["set-cookie"].split(";")[0]
    secured.answers["pause"] = {"ok": True, "text": "paused"}
    status, first = secured.post("/api/lease", {"by": "anna"})
    assert status == 200
    assert secured.post("/api/lease", {"by": "bert"})[0] == 409
    assert secured.post("/api/command", {"lease": first["lease"], "command": {"name": "pause"}})[0] == 200
    status, second = secured.post("/api/lease", {"by": "bert", "force": True})
    assert status == 200
    assert secured.post("/api/command", {"lease": first["lease"], "command": {"name": "pause"}})[0] == 409
    assert secured.post("/api/lease/keep", {"lease": first["lease"]})[0] == 409
    assert secured.post("/api/lease/release", {"lease": second["lease"]})[0] == 200
    assert secured.post("/api/command", {"lease": second["lease"], "command": {"name": "pause"}})[0] == 409
    said = [line for line in list(secured.heard.queue) if "command" in line]
    assert [line["command"]["by"] for line in said] == ["anna"], "who asks is told by the lease, not by the browser"


def test_guessing_is_slow():
    access = Access({"operator": "a" * 24})
    assert all(access.login(f"guess {n}") is None for n in range(10))
    with pytest.raises(TooManyTries):
        access.login("a" * 24)


@pytest.mark.parametrize(
    ("text", "mode", "said"),
    [
        (TOKENS, 0o644, "others may read it"),
        ("operator short\n", 0o600, "5 characters"),
        ("viewer viewer-token-0123456789\n", 0o600, "no line 'operator TOKEN'"),
        ("root operator-token-0123456789\n", 0o600, "allowed is one line"),
    ],
)
def test_a_token_file_that_protects_nothing_is_refused(tmp_path, text, mode, said):
    file = tmp_path / "tokens"
    file.write_text(text)
    file.chmod(mode)
    with pytest.raises(ValueError, match=said):
        read_tokens(file)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.7", "::", "bench.example"])
def test_off_loopback_it_does_not_start_without_tls_and_tokens(tmp_path, host):
    """SAFETY: whoever reaches the console could drive the bench."""
    file = tmp_path / "some"
    file.write_text("x")
    with pytest.raises(ValueError, match="TLS and tokens"):
        refuse_open_door(Listening(host))
    with pytest.raises(ValueError, match="TLS and tokens"):
        refuse_open_door(Listening(host, token_file=file))
    with pytest.raises(ValueError, match="TLS and tokens"):
        refuse_open_door(Listening(host, certificate=file, key=file))
    with pytest.raises(ValueError, match="belong together"):
        refuse_open_door(Listening(host, certificate=file, token_file=file))
    refuse_open_door(Listening(host, certificate=file, key=file, token_file=file))
    command = python_module("controller.console.process", "--mailbox-fd", "0", "--runs", str(tmp_path), "--host", host)
    done = subprocess.run(command, env=environment(), stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    assert done.returncode == 3 and b"TLS and tokens" in done.stdout


def test_the_lease_ends_without_its_heartbeat():
    from controller.console.lease import LASTS_S, Lease, Refused

    now = [0.0]
    lease = Lease(lambda: now[0])
    secret = lease.take("anna")
    now[0] += 0.9 * LASTS_S
    assert lease.keep(secret) == "anna"
    now[0] += 0.9 * LASTS_S
    assert lease.by == "anna"
    now[0] += 0.2 * LASTS_S
    assert lease.by == ""
    with pytest.raises(Refused, match="nobody is in control"):
        lease.keep(secret)
    assert lease.take("bert") != secret


def test_a_refusal_of_the_supervisor_reaches_who_asked(server):
    lease = server.post("/api/lease", {"by": "anna"})[1]["lease"]
    server.answers["arm"] = {"ok": False, "text": "arm was refused", "problems": ["in.ecg_mV: no new value"]}
    status, said = server.post("/api/command", {"lease": lease, "command": {"name": "arm"}})
    assert status == 409 and said["problems"] == ["in.ecg_mV: no new value"]


def test_without_being_told_otherwise_only_this_machine_reaches_it(server):
    assert Listening().loopback
    listening = [line.split() for line in Path(f"/proc/{server.process.pid}/net/tcp").read_text().splitlines()[1:]]
    own = [row[1] for row in listening if row[3] == "0A" and int(row[1].split(":")[1], 16) == server.port]
    assert own == [f"0100007F:{server.port:04X}"], "bound to 127.0.0.1"


def test_the_console_process_holds_no_device(server):
    """After every address was asked: no device file is open, and nothing that could drive one is loaded."""
    for path in ("status", "events", "alarms", "protocols", "protocols/iabp-weaning/plan", "patients", "settings", "metrics",
                 "faults", "runs"):  # fmt: skip
        server.get(f"/api/{path}")
    folder = Path(f"/proc/{server.process.pid}")
    held = {str(fd.readlink()) for fd in (folder / "fd").iterdir()}
    assert not [name for name in held if name.startswith("/dev/") and name not in ("/dev/null", "/dev/urandom")], held
    loaded = {line.split()[-1] for line in (folder / "maps").read_text().splitlines() if "/" in line}
    assert not [name for name in loaded if any(word in name for word in ("/rigs/", "nidaq", "serial", "simdaq"))]


def test_faults_are_called_as_the_rig_calls_them():
    from controller.faults.fault import CALL_KINDS, KINDS
    from rigs.faulty import DEVICE_KINDS
    from rigs.faulty import KINDS as OF_THE_RIG

    assert tuple(OF_THE_RIG) == KINDS and tuple(DEVICE_KINDS) == CALL_KINDS


def test_a_form_of_another_page_is_no_command(server):
    """What a form can send without being asked (CSRF): no JSON, or JSON that is called text."""
    said = json.dumps({"lease": "x", "command": {"name": "arm"}}).encode()
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        assert server.call("POST", "/api/command", raw=said, headers={"Content-Type": kind})[0] == 422, kind
    assert server.heard.empty()


@pytest.mark.parametrize("raw", [b"{", b"\xff\xfe", b"[" * 60_000, b"nul", b'{"by": "\\ud800"}'])
def test_a_body_that_is_no_json_is_not_understood(server, raw):
    for path in ("/api/command", "/api/lease", "/api/login", "/api/lease/keep"):
        status, _, found = server.call("POST", path, raw=raw, headers={"Content-Type": "application/json"})
        assert status == 422 and isinstance(found, dict) and found["detail"], (path, status, found)


def test_it_leaves_with_its_supervisor(server_with):
    server = server_with()
    server.process.stdin.close()
    assert server.process.wait(20) == 0


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl on PATH to make a certificate with")
def test_over_tls_with_tokens_it_serves_the_network(tmp_path, server_with):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=bench.lab",
         "-addext", "subjectAltName=DNS:bench.lab", "-keyout", "key.pem", "-out", "cert.pem"],
        cwd=tmp_path, check=True, capture_output=True,
    )  # fmt: skip
    tokens = tmp_path / "tokens"
    tokens.write_text(TOKENS)
    tokens.chmod(0o600)
    server = server_with(
        "--host", "0.0.0.0", "--name", "bench.lab", "--token-file", str(tokens),
        "--tls-cert", str(tmp_path / "cert.pem"), "--tls-key", str(tmp_path / "key.pem"),
    )  # fmt: skip
    trust = ssl.create_default_context(cafile=tmp_path / "cert.pem")

    def call(method, path, body=None, host="bench.lab", cookie=""):
        with (
            socket.create_connection(("127.0.0.1", server.port), timeout=20) as raw,
            trust.wrap_socket(raw, server_hostname="bench.lab") as safe,
        ):
            data = json.dumps(body or {}).encode()
            head = f"{method} {path} HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\nConnection: close\r\n"
            safe.sendall(f"{head}Content-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n".encode() + data)
            return b"".join(iter(lambda: safe.recv(4096), b"")).decode()

    assert " 401 " in call("GET", "/api/status").splitlines()[0]
    assert " 421 " in call("GET", "/api/status", host="evil.example").splitlines()[0]
    answer = call("POST", "/api/login", {"token": "operator-token-0123456789"})
    cookie = next(line for line in answer.splitlines() if line.lower().startswith("set-cookie:"))
    assert "Secure" in cookie
    assert " 200 " in call("GET", "/api/status", cookie=cookie.split(":", 1)[1].split(";")[0].strip()).splitlines()[0]
    with pytest.raises(OSError):
        server.call("GET", "/api/hello")  # without TLS
