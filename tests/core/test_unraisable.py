"""An exception that nobody can raise (out of a nogil function, out of a finaliser) fails the test it happens in."""

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
    plugins = ["-p", "no:asyncio", "--rootdir", str(tmp_path), "test_swallows.py"]
    done = subprocess.run([*command, *plugins], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert "1 failed, 1 passed" in done.stdout, done.stdout + done.stderr
    assert "swallowed by the interpreter" in done.stdout
