"""The plugin as somebody else's project meets it: what passes, fails, is skipped, and what is left behind."""

import json
import signal
import subprocess
import xml.etree.ElementTree as ET

import numpy as np
import pytest

# Looks at the rig after the test is over, from outside of it.
WATCHER = """
import json, pytest
seen = {}

@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    rig = item.funcargs.get("rig")
    try:
        return (yield)
    finally:
        if rig is not None and rig.is_open:
            seen[item.name] = (rig.session, rig.session.state)

def pytest_unconfigure(config):
    out = {}
    for name, (session, state) in seen.items():
        last = {p: float(session.latest[p]) for p in ("out.valve_pressure", "out.valve_vacuum", "out.pump_speed_rpm")}
        now = {"after": session.state, "open": session.loop.rig.is_open, "latched": session.latched}
        out[name] = {"during": state, **now, **last}
    with open("after.json", "w") as file:
        json.dump(out, file)
"""


def after(project):
    return json.loads((project.folder / "after.json").read_text())


def test_silent_where_nobody_asks(project):
    project.write("test_plain.py", "import sys\ndef test_it():\n    assert not {'cext', 'numpy'} & set(sys.modules)\n")
    done = project.pytest()
    assert done.returncode == 0, done.stdout
    assert "rig" not in done.stdout.replace("original", "")
    assert not (project.folder / "rig-artifacts").exists()


def test_a_project_may_have_its_own_fixtures_of_these_names(project):
    project.write(
        "test_own.py",
        "import pytest\n@pytest.fixture\ndef rig(): return 1\n@pytest.fixture\ndef run(): return 2\n"
        "@pytest.mark.needs('database')\ndef test_it(rig, run): assert rig + run == 3\n",
    )
    done = project.pytest("--strict-markers")
    assert done.returncode == 0, done.stdout


def test_passing(project):
    project.write("conftest.py", WATCHER)
    project.write(
        "test_device.py",
        "import pytest\n"
        "@pytest.mark.needs('iabp')\n"
        "@pytest.mark.bench(patient='cardiogenic-shock')\n"
        "@pytest.mark.limits('hr_bpm', low=100, high=112, source='the patient: 107')\n"
        "def test_it(rig, clock):\n"
        "    base = rig.until_steady(window_s=12)\n"
        "    rig.expect('map_mmHg', low=50, high=68, source='SHOCK trial')\n"
        "    rig.set('iabp.enabled', True)\n"
        "    rig.start()\n"
        "    began = clock.t_s\n"
        "    clock.advance(20.0)\n"
        "    assert clock.t_s == pytest.approx(began + 20.0)\n"
        "    assert rig.metrics()['lvedp_mmHg'] < base['lvedp_mmHg']\n",
    )
    done = project.pytest("--rig", "virtual", "--rig-seed", "3", "--junitxml", "j.xml")
    assert done.returncode == 0, done.stdout
    assert "rig: virtual (SIMULATED), seed 3" in done.stdout
    assert done.stdout.count("test_device.py::test_it") == 2  # a line for each limit
    found = {p.get("name"): json.loads(p.get("value")) for p in ET.parse(project.folder / "j.xml").iter("property")}
    assert set(found) == {"mockloop.limit.map_mmHg", "mockloop.limit.hr_bpm", "mockloop.about"}
    assert found["mockloop.about"]["patient"] == "cardiogenic-shock" and found["mockloop.about"]["seed"] == 3
    assert 0.0 < found["mockloop.limit.map_mmHg"]["half_width"] < 5.0
    row = found["mockloop.limit.map_mmHg"]
    assert row["verdict"] == "pass" and row["low"] == 50 and row["source"] == "SHOCK trial" and 50 <= row["value"] <= 68
    left = after(project)["test_it"]
    assert left["during"] == "RUNNING"
    assert left["after"] == "IDLE" and left["latched"] == [] and not left["open"]  # in order: stopped and disarmed
    assert not (project.folder / "rig-artifacts").exists()


def test_failing_leaves_data_and_picture(project):
    project.write("conftest.py", WATCHER)
    project.write(
        "test_device.py",
        "def test_it(rig):\n    rig.set('iabp.enabled', True)\n    rig.start()\n    rig.advance(12.0)\n"
        "    assert rig.state == 'IDLE'\n",
    )
    done = project.pytest("--rig-artifacts", "kept")
    assert done.returncode == 1
    data, picture = (project.folder / "kept" / f"test_device-test_it.{kind}" for kind in ("npz", "png"))
    assert str(data) in done.stdout and str(picture) in done.stdout
    with np.load(data) as kept:
        assert len(kept["in.aop_mmHg"]) == 10_000
        assert np.array_equal(np.diff(kept["time.tick"]), np.ones(9_999))
        assert kept["age_s"].shape == (10_000, len(kept["inputs"]))
        assert json.loads(str(kept["about"]))["bench"] == "virtual"
        assert "IDLE -> ARMED" in [e["text"] for e in json.loads(str(kept["events"]))]
    assert (project.folder / "kept" / ".gitignore").read_text() == "*\n"
    assert picture.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    left = after(project)["test_it"]
    assert left["after"] == "SAFE" and not left["open"]
    assert (left["out.valve_pressure"], left["out.valve_vacuum"]) == (0.0, 1.0)


def test_all_misses_fail_together(project):
    project.write(
        "test_device.py",
        "reached = []\n"
        "def test_it(rig):\n"
        "    rig.expect('map_mmHg', low=1, high=2, source='nowhere')\n"
        "    rig.expect('hr_bpm', low=1, source='nowhere')\n"
        "    rig.expect('aop_augmented_mmHg', low=1, source='nowhere')\n"
        "    reached.append(1)\n"
        "def test_was_reached():\n    assert reached == [1]\n",
    )
    done = project.pytest()
    assert done.returncode == 1
    assert "2 of 3 limits missed" in done.stdout
    assert "map_mmHg: " in done.stdout and "allowed 1 to 2 mmHg [nowhere]" in done.stdout
    assert "aop_augmented_mmHg: no value" in done.stdout  # and why: the balloon is off
    assert "1 failed, 1 passed" in done.stdout


def test_needs_skips_with_the_reason(project):
    project.write("bench.toml", BENCH.replace('"iabp", ', ""))
    project.write(
        "test_device.py",
        "import pytest\n@pytest.mark.needs('iabp')\ndef test_balloon(rig): assert False\n"
        "@pytest.mark.bench('other-loop')\ndef test_there(rig): assert False\n"
        "def test_weaning(run): run('iabp-weaning')\n"
        "def test_here(rig): rig.advance(0.1)\n",
    )
    done = project.pytest("--rig", "bench.toml", "-rs")
    assert done.returncode == 0, done.stdout
    assert "does not offer iabp" in done.stdout
    assert "this test is for the bench other-loop, not for small" in done.stdout
    assert "1 passed, 3 skipped" in done.stdout


def test_misspelt_need_is_an_error_not_a_skip(project):
    project.write("test_device.py", "import pytest\n@pytest.mark.needs('iapb')\ndef test_it(rig): pass\n")
    done = project.pytest()
    assert done.returncode == 1
    assert "no bench can offer this" in done.stdout


@pytest.mark.parametrize(("option", "said"), [("nowhere", "there is no bench of this name"), ("wrong.toml", "wrong.toml:2:1")])
def test_wrong_bench_is_a_usage_error(project, option, said):
    project.write("wrong.toml", "[bench]\nnonsense = 1\n")
    project.write("test_device.py", "def test_it(rig): pass\n")
    done = project.pytest("--rig", option)
    assert done.returncode == 4
    assert said in done.stderr


@pytest.mark.parametrize(
    ("ending", "code"),
    [
        ("raise RuntimeError('bug in the test')", 1),
        ("raise KeyboardInterrupt", 2),
        ("raise SystemExit(3)", 1),
        ("import pytest; pytest.exit('enough')", 2),
    ],
)
def test_safe_whatever_happens(project, ending, code):
    project.write("conftest.py", WATCHER)
    project.write(
        "test_device.py",
        f"def test_it(rig):\n    rig.prepare(set={{'pump.device': 'impella-cp', 'pump.level': 'P-8'}})\n"
        f"    rig.set('iabp.enabled', True)\n    rig.start()\n    rig.advance(5.0)\n    {ending}\n",
    )
    done = project.pytest()
    assert done.returncode == code, done.stdout + done.stderr
    left = after(project)["test_it"]
    assert left["during"] == "RUNNING"
    assert left["after"] == "SAFE" and left["latched"] == ["trip_request"] and not left["open"]
    assert (left["out.valve_pressure"], left["out.valve_vacuum"], left["out.pump_speed_rpm"]) == (0.0, 1.0, 31000.0)


def test_faults_end_with_their_test(project):
    project.write(
        "test_device.py",
        "def test_one(rig, fault):\n"
        "    rig.start()\n    fault.open_estop()\n    rig.advance(0.1)\n    assert rig.state == 'SAFE'\n"
        "def test_two(rig, fault):\n    rig.start()\n    rig.advance(0.1)\n    assert rig.state == 'RUNNING'\n",
    )
    done = project.pytest()
    assert done.returncode == 0, done.stdout


BENCH = """
[bench]
name = "small"
title = "A bench in real time"
rig = "virtual"
simulated = true
offers = ["patient-model", "iabp", "impella"]
metrics_from = "inputs"
balloon = "iabp-40"
[loop]
overrun = "count"
[inputs]
aop_mmHg = { range = [-50, 300], required = true, max_age_ms = 5, trip_high = 250 }
ecg_mV = { range = [-10, 10], required = true, max_age_ms = 5 }
aortic_flow_L_min = { range = [-50, 60] }
estop = { range = [0, 1], required = true, max_age_ms = 5 }
[outputs]
valve_pressure = { range = [0, 1], rest = 0, standby = 0, safe = 0 }
valve_vacuum = { range = [0, 1], rest = 0, standby = 1, safe = 1 }
pump_speed_rpm = { range = [0, 55000], rest = 0, standby = "device", safe = "device" }
pump_enable = { range = [0, 1], rest = 0, standby = "device", safe = "device" }
"""
# The core of the virtual rig behind the manners of a wired one: real time, no faults.
WIRED = BENCH.replace('rig = "virtual"\nsimulated = true', 'rig = "faulty"\nsimulated = false')


def test_on_wires_time_passes_by_itself(project):
    project.write("bench.toml", WIRED)
    project.write("conftest.py", WATCHER)
    project.write(
        "test_device.py",
        "import time\n"
        "def test_it(rig):\n"
        "    rig.start()\n"
        "    before = rig.tick\n"
        "    time.sleep(0.8)\n"  # longer than the supervisor may be silent
        "    assert rig.tick > before and rig.state == 'RUNNING'\n"
        "    rig.advance(0.2)\n"
        "    assert len(rig.frames(0.5)) == 500\n"
        "def test_breaking_it_is_not_for_tests(rig, fault): assert False\n"
        "def test_another_patient(rig): rig.prepare(patient='healthy', set={'patient.hr_bpm': 80}).advance(0.1)\n",
    )
    done = project.pytest("--rig", "bench.toml", "-rs")
    assert done.returncode == 0, done.stdout
    assert "2 passed, 1 skipped" in done.stdout
    assert "the bench small is not simulated: faults are injected on simulated benches only" in done.stdout
    left = after(project)["test_it"]
    assert left["after"] == "IDLE" and not left["open"]


def test_sigterm_on_wires_makes_safe(project):
    project.write("bench.toml", WIRED)
    project.write("conftest.py", WATCHER)
    project.write(
        "test_device.py",
        "import time\ndef test_it(rig):\n    rig.start()\n    open('running', 'w').close()\n    time.sleep(60)\n",
    )
    process = subprocess.Popen(
        project.argv("--rig", "bench.toml"), cwd=project.folder, env=project.environment(), stdout=subprocess.PIPE, text=True
    )  # fmt: skip
    try:
        flag = project.folder / "running"
        import time

        deadline = time.monotonic() + 60.0
        while not flag.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert flag.exists()
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 2
    left = after(project)["test_it"]
    assert left["during"] == "RUNNING"
    assert left["after"] == "SAFE" and not left["open"]


def test_run_gives_result_summary_and_recording(project):
    project.write(
        "short.toml",
        '[protocol]\nname = "short"\ntitle = "Short"\nrequires = ["iabp"]\n'
        '[[step]]\nname = "on"\nset = { iabp.enabled = true }\nhold_s = 8.0\nmeasure_s = 4.0\n'
        'expect = [ { metric = "map_mmHg", high = 1, source = "nowhere" } ]\n',
    )
    project.write(
        "test_device.py",
        "import pytest\n"
        "def test_it(run):\n"
        "    ran = run('short.toml', patient='cardiogenic-shock', seed=5)\n"
        "    assert ran.verdict == ran.summary['verdict'] == 'FAIL' and ran.result.exit_code == 1\n"
        "    assert ran.failures[0].startswith('on: map_mmHg')\n"
        "    assert ran.metric('on', 'map_mmHg') > 40\n"
        "    assert ran.summary['seed'] == 5 and ran.summary['patient'] == 'cardiogenic-shock'\n"
        "    assert ran.dataset.sizes['time'] > 8000 and ran.dataset.attrs['lost_frames'] == 0\n"
        "    with pytest.raises(KeyError, match='no step off'):\n        ran.metric('off', 'map_mmHg')\n",
    )
    done = project.pytest()
    assert done.returncode == 0, done.stdout


def test_a_failed_protocol_leaves_its_end_and_its_report(project):
    project.write(
        "short.toml",
        '[protocol]\nname = "short"\ntitle = "Short"\nrequires = ["iabp"]\n'
        '[[step]]\nname = "on"\nset = { iabp.enabled = true }\nhold_s = 12.0\nmeasure_s = 4.0\n'
        'expect = [ { metric = "map_mmHg", high = 1, source = "nowhere" } ]\n',
    )
    project.write("test_device.py", "def test_it(run):\n    assert run('short.toml').verdict == 'PASS'\n")
    done = project.pytest("--rig-artifacts", "kept", "--junitxml", "j.xml", "--rig-report", "out/r.html")
    assert done.returncode == 1
    stem = project.folder / "kept" / "test_device-test_it-run-1-short"
    with np.load(f"{stem}.npz") as kept:
        assert len(kept["in.aop_mmHg"]) == pytest.approx(10_000, abs=2) and np.isfinite(kept["in.aop_mmHg"]).all()
        assert np.array_equal(np.diff(kept["time.tick"]), np.ones(len(kept["time.tick"]) - 1))
        assert kept["age_s"].shape == (len(kept["time.tick"]), len(kept["inputs"]))
        assert json.loads(str(kept["about"]))["verdict"] == "FAIL"
    assert stem.with_name(stem.name + ".png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    assert "✗" in stem.with_name(stem.name + ".html").read_text()
    found = [(p.get("name"), p.get("value")) for p in ET.parse(project.folder / "j.xml").iter("property")]
    limit = json.loads(dict(found)["mockloop.limit.on.map_mmHg"])
    assert limit["verdict"] == "fail" and limit["high"] == 1 and limit["value"] > 40
    assert sum(name == "mockloop.kept" for name, _ in found) == 3
    page = (project.folder / "out" / "r.html").read_text()
    assert "0 passed, 1 failed" in page and "on.map_mmHg" in page and "data:image/png;base64," in page


def test_the_page_of_a_session_tells_skips_errors_and_nothing_run(project):
    project.write(
        "test_device.py",
        "import pytest\n@pytest.mark.bench('other-loop')\ndef test_there(rig): pass\n"
        "@pytest.fixture\ndef broken(): raise RuntimeError('no cable <b>')\n",
    )
    project.pytest("--rig-report", "r.html")
    page = (project.folder / "r.html").read_text()
    assert "INCOMPLETE" in page and "0 passed, 0 failed, 1 skipped" in page and "not for virtual" in page
    project.write("test_more.py", "from test_device import broken\ndef test_it(broken): pass\ndef test_plain(): pass\n")
    project.pytest("--rig-report", "r.html")
    page = (project.folder / "r.html").read_text()
    assert "FAIL" in page and "1 passed, 1 failed, 1 skipped" in page and "no cable &lt;b&gt;" in page
