"""FRAME_DTYPE follows the tables, and a core built from other tables is refused."""

import subprocess
import sys

import pytest

from cext.frame import FRAME_BYTES, FRAME_DTYPE
from cext.tables import load

CHANGED = """
from cext.tables import load
rows = load.signals()
load.signals = lambda: {rows}
import cext.frame
"""


def test_frame_dtype_follows_the_tables():
    assert FRAME_DTYPE.names == (*(signal.path for signal in load.signals()), "age_s", "quality")
    assert FRAME_DTYPE.itemsize == FRAME_BYTES
    assert FRAME_DTYPE["age_s"].shape == FRAME_DTYPE["quality"].shape == (len(load.inputs()),)


@pytest.mark.parametrize(
    ("rows", "words"), [("rows[1:]", load.signals()[0].path), ("rows[1::-1] + rows[2:]", "in another order")]
)
def test_a_core_built_from_other_tables_is_refused(rows, words):
    script = CHANGED.format(rows=rows)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "ImportError: the tables list other signals than the compiled core" in done.stderr
    assert words in done.stderr
    assert "make build" in done.stderr
