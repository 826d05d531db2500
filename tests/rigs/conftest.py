"""Builds tests/rigs/odd_rigs.pyx once a session, with the flags of the core under test."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

import cext
from cext.tables.build import DEBUG_FLAGS, FLAGS

BUILD = """
import sys
from pathlib import Path
from Cython.Build import cythonize
from setuptools import Distribution, Extension
source, out, core, *flags = sys.argv[1:]
link = [flag for flag in flags if flag.startswith("-fsanitize")]
headers = [core, core + "/generated"]
module = Extension("odd_rigs", [source], include_dirs=headers, extra_compile_args=flags, extra_link_args=link)
modules = cythonize([module], build_dir=out, include_path=[str(Path(core).parent)], quiet=True)
build = Distribution({"ext_modules": modules}).get_command_obj("build_ext")
build.build_lib, build.build_temp = out, out
build.ensure_finalized()
build.run()
"""


@pytest.fixture(scope="session")
def odd_rigs_path(tmp_path_factory):
    """Folder to put on sys.path for `import odd_rigs`."""
    out = tmp_path_factory.mktemp("odd_rigs")
    source, core = Path(__file__).parent / "odd_rigs.pyx", Path(cext.__file__).parent
    flags = FLAGS + (DEBUG_FLAGS if "debug" in core.parts else [])
    done = subprocess.run(
        [sys.executable, "-c", BUILD, str(source), str(out), str(core), *flags],
        env=os.environ | {"PYTHONPATH": str(core.parent)}, cwd=out, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return out


@pytest.fixture(scope="session")
def odd_rigs(odd_rigs_path):
    (built,) = odd_rigs_path.glob("odd_rigs*.so")
    spec = importlib.util.spec_from_file_location("odd_rigs", built)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
