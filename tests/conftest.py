"""Which core the tests run on, and that it is the one meant.

An exception that a compiled function prints and swallows reaches sys.unraisablehook; pytest turns that into a warning and
`filterwarnings = error` into a failure (tests/core/test_unraisable.py holds it).
"""

import os
from pathlib import Path

import pytest

import cext.frame


def pytest_report_header():
    return f"core: {Path(cext.frame.__file__).parent}"


def pytest_configure():
    os.environ.setdefault("MOCKLOOP_PDF", "0")  # seconds a run, wherever the extra is installed; tests/report asks for it
    wanted = os.environ.get("MOCKLOOP_BUILD", "release")
    found = "debug" if Path("build/debug/lib").resolve() in Path(cext.frame.__file__).resolve().parents else "release"
    if wanted == "debug" and found != wanted:
        raise pytest.UsageError(
            f"MOCKLOOP_BUILD=debug, but the core is {cext.frame.__file__}: "
            "run with PYTHONSAFEPATH=1 PYTHONPATH=build/debug/lib from the root of the repository"
        )
