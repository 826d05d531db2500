"""The k-th file call of the recorder on its files fails once, k = 1, 2, … until a run completes clean.

What was acknowledged is there and right, whatever failed; the recorder ends by itself, and a clean end means whole data.
"""

import contextlib
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from controller.runs import open_run

SOURCE = Path(__file__).parent / "fail_calls.c"
FRAMES, WAIT_S = 1200, 60.0
pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="preloads a library")


@pytest.fixture(scope="session")
def library(tmp_path_factory):
    made = tmp_path_factory.mktemp("preload") / "fail_calls.so"
    subprocess.run(["cc", "-O1", "-shared", "-fPIC", "-o", made, SOURCE, "-ldl"], check=True, capture_output=True)
    return made


@pytest.fixture
def once(new_desk, library, monkeypatch, tmp_path, expected):
    """once(k): a recorder whose k-th call fails. (exit code, calls made)."""

    def run(k):
        desk = new_desk(f"run{k}")
        count = tmp_path / f"count{k}"
        count.write_bytes(struct.pack("3q", 0, k, 1))
        monkeypatch.setenv("LD_PRELOAD", str(library))
        monkeypatch.setenv("FAIL_COUNT", str(count))
        monkeypatch.setenv("FAIL_FOLDER", str(desk.folder))
        recorder = desk.start()
        monkeypatch.delenv("LD_PRELOAD")
        pushed = 0
        while pushed < FRAMES and recorder.process.poll() is None:
            room = desk.ring.room_frames()
            if room is None or room >= 300:
                desk.push(300)
                pushed += 300
            else:
                desk.ring.wait_for_room(0.01)
        if recorder.process.poll() is None:
            with contextlib.suppress(BrokenPipeError):
                recorder.send(close={})
                recorder.end_stdin()
        code = recorder.process.wait(WAIT_S)
        readers = desk.ring.readers()
        safe = readers[0].acknowledged if readers else (FRAMES if code == 0 else 0)
        judge(desk, code, safe, expected, f"call {k}: {recorder.errors()}")
        return code, struct.unpack("3q", count.read_bytes())[0]

    return run


def judge(desk, code, safe, expected, said):
    assert code in (0, 2, 4), said
    files = list(desk.folder.glob("recording*.h5"))
    if not files:
        assert safe <= 0, "nothing was acknowledged that is not there"
        return
    run = open_run(desk.folder)
    ticks = run["time.tick"].values
    assert len(ticks) >= safe
    np.testing.assert_array_equal(ticks, np.arange(len(ticks)))
    np.testing.assert_array_equal(run["plant.lvp_mmHg"].values, expected(0, len(ticks))["plant.lvp_mmHg"])
    assert not (run.attrs["complete"] and len(ticks) < FRAMES), "what is not whole does not say that it is"
    if code == 0:
        assert len(ticks) == FRAMES


def test_every_seventh_call(once):
    code, total = once(0)
    assert code == 0
    assert total > 20
    codes = [once(k)[0] for k in range(1, total + 1, 7)]
    assert sum(code == 4 for code in codes) > len(codes) // 2, "a disk that refuses is said"


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_every_call_of_the_recorder(once):
    for k in range(1, 500):
        code, calls = once(k)
        if calls < k:
            assert code == 0
            return
    raise AssertionError("no run was clean")
