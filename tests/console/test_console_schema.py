"""Every address of the console under schemathesis, with all its checks: no answer of 5xx, and each as the schema says."""

import subprocess
import sys
from pathlib import Path

import pytest

from controller.processes.launch import environment

ST = Path(sys.executable).parent / "st"
COMMANDS = ("start_run", "set", "answer", "acknowledge", "annotate", "fault", "clear_faults", "pause", "resume", "abort", "arm",
            "start", "disarm", "reset", "release_stop")  # fmt: skip

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(590),
    pytest.mark.skipif(not ST.is_file(), reason="schemathesis is not installed (pip install 'mockloop[test]')"),
]


@pytest.fixture
def served(tmp_path, server_class):
    from controller import run

    run("iabp-weaning", out=tmp_path / "runs" / "a-run")
    server = server_class(tmp_path / "runs")
    server.answers |= {name: {"ok": True, "text": name} for name in COMMANDS}
    yield server
    server.close()


def test_every_address_keeps_to_its_schema(served, tmp_path):
    done = subprocess.run(
        [str(ST), "--no-color", "run", f"http://127.0.0.1:{served.port}/api/openapi.json", "--checks", "all", "--max-examples", "25",
         "--seed", "6", "--workers", "1", "--continue-on-failure", "--phases", "examples,coverage,fuzzing",
         "--request-timeout", "30"],
        cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=580,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert served.process.poll() is None and served.get("/api/hello")["role"] == "operator"
