"""`mockloop console` as programs and people meet it: a bench that waits, runs, trips, is reset and stopped."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from cext.tables.load import STATES
from controller.processes.launch import environment


@pytest.fixture(autouse=True)
def at_rest(console):
    """Every test begins, and leaves the bench, idle and with STOP released."""
    console.take(force=True)
    yield
    console.take(force=True)
    if console.status.get("stop_held"):
        console.ask("release_stop")
    if console.status["phase"] == "running":
        console.ask("abort")
    if console.status["phase"] == "tripped":
        console.ask("reset")
    console.until(lambda status: status["phase"] == "idle")


def begun(console, protocol="bench-check", **more):
    status, found = console.ask("start_run", protocol=protocol, **more)
    assert status == 200, found
    return console.until(lambda s: s["phase"] == "running" and s["prompt"])


def ended(console):
    return console.until(lambda s: s["phase"] == "idle" and s.get("last_run", {}).get("report") is not None)["last_run"]


def test_a_run_from_plan_to_report(console):
    plan = console.get("/api/protocols/bench-check/plan")
    assert [step["label"] for step in plan["steps"]] == ["fill", "look"]
    assert any("map_mmHg 50 to 140 mmHg" in line for step in plan["steps"] for line in step["lines"])

    asked = begun(console, dut="balloon 7", note="by the test")
    assert asked["prompt"]["text"] == "Is the reservoir full?" and asked["simulated"] is True
    assert console.ask("answer", prompt=asked["prompt"]["id"] + 1)[0] == 409, "of another question"
    assert console.ask("answer", prompt=asked["prompt"]["id"], text="to the brim")[0] == 200
    console.until(lambda s: s["standing"] and s["standing"]["step"] == 2)
    assert console.ask("set", path="iabp.assist", value="1:2")[0] == 200
    last = ended(console)
    assert last["verdict"] == "PASS" and last["report"] is True

    rows = [row for row in console.get("/api/runs") if row["name"] == last["run"]]
    assert rows[0]["verdict"] == "PASS" and rows[0]["protocol"] == "bench-check" and rows[0]["simulated"]
    summary = console.get(f"/api/runs/{last['run']}/summary")
    assert summary["notes"]["dut"] == "balloon 7" and summary["notes"]["operator"] == "anna"
    assert summary["steps"][0]["prompts"][0]["answer"] == "anna: to the brim"
    assert any("iabp.assist = 1:2 set by anna" in line for line in summary["deviations"]), "the plan did not ask for it"
    status, headers, report = console.call("GET", f"/api/runs/{last['run']}/report")
    assert status == 200 and b"bench-check" in report and "sandbox" in headers["content-security-policy"]


def test_stop_needs_no_lease_and_holds_until_it_is_released(console):
    asked = begun(console, "bench-watch")
    console.ask("answer", prompt=asked["prompt"]["id"])
    console.until(lambda s: s["standing"] and s["standing"]["step"] == 2)
    console.lease = ""
    assert console.post("/api/stop", {"by": "a passer-by"})[0] == 200
    last = ended(console)
    assert last["verdict"] == "ABORTED"
    assert console.status["stop_held"] is True
    console.take(force=True)
    status, found = console.ask("start_run", protocol="bench-check")
    assert status == 409 and "STOP is pressed: release it first" in found["problems"]
    status, found = console.ask("arm")
    assert status == 409, "nothing is armed while STOP is held"
    assert STATES[console.state()] == "IDLE"
    assert console.ask("release_stop")[0] == 200
    assert console.ask("arm")[0] == 200
    assert STATES[console.state()] == "ARMED"
    assert console.ask("disarm")[0] == 200
    assert any("STOP pressed by a passer-by" in event["text"] for event in console.get("/api/events"))


@pytest.mark.slow
def test_stop_over_the_open_connection(console):
    begun(console, "bench-watch")
    with console.stream() as stream:
        stream.send(json.dumps({"stop": True, "by": "bert"}))
        console.until(lambda s: s["stop_held"])
    assert ended(console)["verdict"] == "ABORTED"


def test_start_before_arm_says_so_at_once(console):
    begun_s = time.monotonic()
    status, found = console.ask("start")
    assert status == 409 and found["problems"] == ["the bench is IDLE: arm it first"]
    assert time.monotonic() - begun_s < 0.9, "nothing was waited for"
    console.until(lambda s: s["arming"] == [])
    console.post("/api/stop", {"by": "anna"})
    console.until(lambda s: s["arming"] == ["STOP is held: release it"])
    status, found = console.ask("start")
    assert status == 409 and found["problems"] == ["the bench is IDLE: arm it first", "STOP is held: release it"]


def test_what_is_asked_while_a_protocol_begins_is_answered(console):
    assert console.ask("start_run", protocol="bench-check")[0] == 200
    status, found = console.ask("arm")
    assert status == 409 and (
        "a protocol begins" in found["text"] or "not while a protocol runs" in found["text"] or "not now" in found["text"]
    )
    console.until(lambda s: s["phase"] == "running" and s["prompt"])


def test_a_fault_injected_and_cleared_during_a_run_is_in_its_verdict(console):
    asked = begun(console, "bench-watch")
    assert console.status["breakable"] is True
    console.ask("answer", prompt=asked["prompt"]["id"])
    console.until(lambda s: s["standing"] and s["standing"]["step"] == 2)
    assert console.ask("fault", fault="in.lap_mmHg:wrong,gain=2,for=600")[0] == 200
    console.until(lambda s: [fault["text"] for fault in s["faults"]] == ["in.lap_mmHg:wrong,gain=2,for=600"])
    deadline_s = time.monotonic() + 10
    while console.scalar("state.sim_faults") != 1.0:
        assert time.monotonic() < deadline_s
    status, found = console.ask("fault", fault="in.nothing:stuck")
    assert status == 409 and "is unknown" in found["problems"][0]
    assert console.ask("clear_faults")[0] == 200
    while console.scalar("state.sim_faults") != 0.0:
        assert time.monotonic() < deadline_s
    assert console.ask("annotate", text="the wedge looked odd")[0] == 200
    console.ask("abort")
    last = ended(console)
    summary = console.get(f"/api/runs/{last['run']}/summary")
    assert any("fault in.lap_mmHg:wrong,gain=2,for=600 injected by anna" in line for line in summary["deviations"])
    assert any("faults cleared by anna" in line for line in summary["deviations"])
    events = console.get(f"/api/runs/{last['run']}/replay")["events"]
    assert [e["text"] for e in events if e["kind"] == "annotation"] == ["anna: the wedge looked odd"]


def test_events_after_a_time_and_no_parameter_passed_over_in_silence(console):
    console.ask("annotate", text="one more")
    events = console.get("/api/events")
    times = [event["epoch_s"] for event in events]
    middle = times[len(times) // 2]
    assert [e["epoch_s"] for e in console.get(f"/api/events?after={middle!r}")] == [t for t in times if t > middle]
    for query, said in (
        ("after=x", "valid number"),
        ("after=nan", "finite"),
        ("since=5", "unknown parameter; there are after"),
    ):
        status, _, found = console.call("GET", f"/api/events?{query}")
        assert status == 422 and said in found["problems"][0]["text"], (query, found)


def test_a_trip_stays_until_a_person_resets_it(console):
    asked = begun(console, "bench-watch")
    console.ask("answer", prompt=asked["prompt"]["id"])
    console.until(lambda s: s["standing"] and s["standing"]["step"] == 2)
    assert console.ask("set", path="patient.hr_bpm", value="150")[0] == 200
    tripped = console.until(lambda s: s["phase"] == "tripped")
    assert tripped["verdict"] == "TRIPPED"
    alarm = next(alarm for alarm in tripped["alarms"] if alarm["condition"] == "trip_request")
    assert alarm["priority"] == "high" and alarm["mark"] == "!!!" and not alarm["acknowledged"]
    assert STATES[console.state()] == "SAFE"
    assert console.ask("acknowledge", condition="trip_request")[0] == 200
    assert STATES[console.state()] == "SAFE", "an acknowledgement clears no trip"
    assert console.ask("start_run", protocol="bench-check")[0] == 409
    assert console.ask("reset")[0] == 200
    last = ended(console)
    assert last["verdict"] == "TRIPPED"
    history = next(row for row in console.get("/api/alarms") if row["condition"] == "trip_request")
    assert history["acknowledged_by"] == "anna" and history["past"] is True and history["first_out"] is True
    texts = [event["text"] for event in console.get("/api/events")]
    assert "alarm trip_request acknowledged by anna" in texts and "reset by anna" in texts
    begun(console)
    console.ask("abort")
    assert ended(console)["run"] != last["run"], "and the bench works again"


@pytest.mark.slow
def test_pause_resume_and_abort(console):
    asked = begun(console, "bench-watch")
    console.ask("answer", prompt=asked["prompt"]["id"])
    console.until(lambda s: s["standing"] and s["standing"]["step"] == 2)
    assert console.ask("pause")[0] == 200
    console.until(lambda s: s["paused"] and s["standing"]["text"] == "paused")
    assert console.ask("resume")[0] == 200
    console.until(lambda s: not s["paused"])
    assert console.ask("abort")[0] == 200
    last = ended(console)
    assert last["verdict"] == "ABORTED" and last["problems"] == ["aborted by anna"]
    summary = console.get(f"/api/runs/{last['run']}/summary")
    assert any("paused by anna" in line for line in summary["steps"][1]["deviations"])


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("patient.hr_bpm", "9000", "is above the highest value"),
        ("patient.hr_bpm", "70 mmHg", "has the unit mmHg"),
        ("patient.hr_pbm", 70.0, "unknown setting"),
        ("iabp.assist", "2:1", "is not one of the choices"),
        ("iabp.enabled", "perhaps", "is not on or off"),
        ("pump.device", "impella-cp", "cannot change while the bench is open"),
        ("run.step", "3", "set by the supervisor"),
    ],
)
def test_a_setting_is_checked_like_the_command_lines(console, path, value, said):
    before = console.get("/api/status")["values"]
    status, found = console.ask("set", path=path, value=value)
    assert status == 409 and said in found["problems"][0], found
    assert console.get("/api/status")["values"] == before


def test_a_protocol_that_does_not_fit_says_everything_at_once(console):
    status, found = console.ask("start_run", protocol="bench-check", sets=["patient.hr_bpm=9000", "iabp.nothing=1"])
    assert status == 409 and len(found["problems"]) == 2
    status, _, found = console.call("GET", "/api/protocols/bench-check/plan?sets=patient.hr_bpm%3D9000")
    assert status == 409 and "9000" in found["problems"][0]
    assert console.call("GET", "/api/protocols/nothing/plan")[0] == 409
    assert console.status["phase"] == "idle"


@pytest.mark.slow
def test_the_bench_goes_on_when_its_console_is_killed(console):
    pid = child_of(console.process.pid)
    begun(console, "bench-watch")
    os.kill(pid, signal.SIGKILL)
    deadline_s = time.monotonic() + 30
    while True:
        try:
            status = console.status
        except OSError:
            assert time.monotonic() < deadline_s
            time.sleep(0.1)
            continue
        if status["phase"] == "running" and status["prompt"]:
            break
    assert STATES[console.state()] == "RUNNING", "on the same port, with the same run and its samples"
    assert child_of(console.process.pid) != pid
    console.take()
    assert console.ask("abort")[0] == 200
    assert ended(console)["verdict"] == "ABORTED"


def child_of(pid):
    """The console process among the children of `pid`."""
    children = subprocess.run(["ps", "-o", "pid=,args=", "--ppid", str(pid)], capture_output=True, text=True).stdout
    return next(int(line.split()[0]) for line in children.splitlines() if "controller.console.process" in line)


@pytest.mark.slow
def test_run_with_a_console_beside_it(tmp_path):
    code = "from controller.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-P", "-c", code, "run", "iabp-weaning", "--fast", "--mqtt", "off", "--console", "--out", "r", "--json"],
        cwd=tmp_path, env=environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=200,
    )  # fmt: skip
    assert done.returncode in (0, 1), done.stderr
    assert "console      http://127.0.0.1:" in done.stderr and (tmp_path / "r" / "report.html").is_file()


def test_off_loopback_the_command_refuses(tmp_path):
    code = "from controller.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-P", "-c", code, "console", "--host", "0.0.0.0"],
        cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 2 and "TLS and tokens" in done.stderr and "Traceback" not in done.stderr
