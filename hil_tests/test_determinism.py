"""One seed and one build give the same bits in every signal that the table calls deterministic, here and in another process."""

import hashlib
import subprocess
import sys

import numpy as np
import pytest

from cext.tables.load import signals

pytestmark = pytest.mark.needs("patient-model", "iabp", "impella")

DETERMINISTIC = [signal.path for signal in signals() if signal.deterministic]
SETS = {"pump.device": "impella-cp", "pump.level": "P-4", "iabp.enabled": True, "iabp.assist": "1:2"}


def scenario(bench_rig):
    """Both devices at work, settings that change, a trip and its reset; returns the frames of its last 20 s."""
    bench_rig.prepare(patient="cardiogenic-shock", set=SETS)
    bench_rig.start()
    bench_rig.advance(6.0)
    bench_rig.set("patient.hr_bpm", 110.0, ramp_s=2.0)
    bench_rig.advance(5.0)
    bench_rig.trip()
    bench_rig.advance(1.0)
    bench_rig.reset()
    bench_rig.start()
    bench_rig.advance(8.0)
    return bench_rig.frames(20.0)


def digest(frames):
    """SHA-256 of the bits of every deterministic signal, by path."""
    return {path: hashlib.sha256(np.ascontiguousarray(frames[path]).tobytes()).hexdigest() for path in DETERMINISTIC}


@pytest.fixture
def simulated(rig):
    if not rig.simulated:
        pytest.skip(f"the bench {rig.name} is not simulated: no two runs on wires are the same")
    return rig


def test_twice_in_one_process(simulated):
    assert digest(scenario(simulated)) == digest(scenario(simulated))


def test_in_another_process(simulated):
    choice = simulated.choice
    code = (
        "import sys, json; sys.path[:0] = json.loads(sys.argv[1])\n"
        "import importlib.util\n"
        "spec = importlib.util.spec_from_file_location('there', sys.argv[2])\n"
        "there = importlib.util.module_from_spec(spec); spec.loader.exec_module(there)\n"
        "from controller.testing.choice import Choice\n"
        "from controller.testing.rig import BenchRig\n"
        "rig = BenchRig(Choice(sys.argv[3], int(sys.argv[4])))\n"
        "print(json.dumps(there.digest(there.scenario(rig)))); rig.close()\n"
    )
    import json

    argv = [sys.executable, "-c", code, json.dumps(sys.path), __file__, choice.rig, str(choice.seed)]
    there = subprocess.run(argv, capture_output=True, text=True, timeout=120, check=False)
    assert there.returncode == 0, there.stderr
    assert json.loads(there.stdout) == digest(scenario(simulated))


def test_the_seed_matters(simulated):
    """The control: without it a test that compares nothing would pass too."""
    from controller.testing.choice import Choice
    from controller.testing.rig import BenchRig

    other = BenchRig(Choice(simulated.choice.rig, simulated.choice.seed + 1))
    try:
        assert digest(scenario(simulated))["in.aop_mmHg"] != digest(scenario(other))["in.aop_mmHg"]
    finally:
        other.close()


def test_a_protocol_run_twice(run, tmp_path):
    """Through the whole of it: protocol, recorder, file."""
    protocol = tmp_path / "short.toml"
    protocol.write_text(
        '[protocol]\nname = "short"\ntitle = "Short"\nrequires = ["iabp", "patient-model"]\npatient = "cardiogenic-shock"\n'
        '[[step]]\nname = "on"\nset = { iabp.enabled = true }\nhold_s = 8.0\nmeasure_s = 4.0\n'
        '[[step]]\nname = "ramp"\nramp = { patient.hr_bpm = { to = 110, over_s = 3.0 } }\nhold_s = 4.0\n'
    )
    first, second = run(str(protocol)), run(str(protocol))
    assert first.verdict == second.verdict == "PASS"
    ones, others = first.dataset, second.dataset
    assert ones.sizes["time"] == others.sizes["time"] > 15_000
    paths = [path for path in DETERMINISTIC if path in ones.data_vars]
    assert len(paths) > 60
    different = [p for p in paths if ones[p].values.tobytes() != others[p].values.tobytes()]
    assert different == []
