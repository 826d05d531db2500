"""An exception that nobody can raise (out of a nogil function, out of a finaliser) fails the test it happens in."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SWALLOWS = """
class Falls:
    def __del__(self):
        raise IndexError("swallowed by the interpreter")

def test_swallows():
    Falls()

def test_clean():
    pass
"""


def test_a_swallowed_exception_fails_its_test(tmp_path):
    (tmp_path / "test_swallows.py").write_text(SWALLOWS)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", str(ROOT / "pyproject.toml")]
    command += ["--rootdir", str(tmp_path), "-p", "pytest_timeout", "test_swallows.py"]
    alone = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(command, cwd=tmp_path, env=alone, capture_output=True, text=True, timeout=60)
    assert "1 failed, 1 passed" in done.stdout, done.stdout + done.stderr
    assert "swallowed by the interpreter" in done.stdout
