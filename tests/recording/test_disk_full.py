"""A disk that takes no more: said, a code, and what was flushed before stays whole."""

import os
import resource
import subprocess

import numpy as np
import pytest

from controller.recording.recover import recover
from controller.runs import open_run

WAIT_S = 60.0
DISK = 4


def fill(desk, recorder, position=100_000):
    """Pushes until the recorder leaves; returns the last acknowledged position."""
    recorder.until_key("ready")
    written = 0
    while recorder.process.poll() is None and written < position:
        room = desk.ring.room_frames()
        if room is None or room >= 512:
            desk.push(512)
            written += 512
        else:
            desk.ring.wait_for_room(0.01)
    assert recorder.process.wait(WAIT_S) == DISK, recorder.errors()
    return desk.ring.readers()[0].acknowledged if desk.ring.readers() else None


def assert_intact(desk, expected, safe):
    run = open_run(desk.folder)
    ticks = run["time.tick"].values
    assert len(ticks) >= safe > 1000
    np.testing.assert_array_equal(ticks, np.arange(len(ticks)))
    np.testing.assert_array_equal(run["plant.lvp_mmHg"].values, expected(0, len(ticks))["plant.lvp_mmHg"])
    assert run.attrs["complete"] == 0
    found = recover(desk.folder)
    assert found.frames == len(ticks)
    assert not found.complete


def test_a_file_that_may_not_grow_ends_the_recorder_with_its_data_intact(desk, expected):
    """RLIMIT_FSIZE gives the write error in the middle of HDF5, as a full disk without reserve does."""
    limit = 6_000_000
    recorder = desk.start(before=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
    safe = fill(desk, recorder)
    said = recorder.until_key("error")
    assert said["error"] == "disk"
    assert "File too large" in said["text"]
    assert f"intact up to position {safe}" in said["text"]
    assert_intact(desk, expected, safe)


@pytest.fixture
def small_disk(tmp_path, new_desk):
    """A desk on a file system of 8 MB."""
    (tmp_path / "disk").mkdir()
    mounted = (
        os.geteuid() == 0
        and not subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", tmp_path / "disk"], check=False, capture_output=True
        ).returncode
    )
    if not mounted:
        pytest.skip("mounting a small tmpfs is not allowed here")
    yield new_desk("disk/run")
    subprocess.run(["umount", "-l", tmp_path / "disk"], check=True)


def test_no_space_left_on_the_device(small_disk, expected):
    recorder = small_disk.start("--reserve-MB", "0")
    safe = fill(small_disk, recorder)
    said = recorder.until_key("error")
    assert said["error"] == "disk"
    assert "No space left on device" in said["text"]
    assert_intact(small_disk, expected, safe)


def test_the_reserve_ends_the_recording_with_a_closed_file(small_disk):
    """Before the disk is really full there is room to close; the run's report still fits too."""
    recorder = small_disk.start("--reserve-MB", "3")
    pushed = 0
    while pushed < 5000:
        small_disk.push(500)
        pushed += 500
    recorder.until_position(5000)
    (small_disk.folder / "something-else").write_bytes(bytes(4_000_000))
    said = recorder.until_key("error")
    assert said["error"] == "disk-full"
    assert "MB free, the recording stops at 3 MB" in said["text"]
    assert recorder.process.wait(WAIT_S) == DISK
    run = open_run(small_disk.folder)
    assert run.sizes["time"] == 5000
    assert '"ended": "disk full"' in run.attrs["summary"]
    found = recover(small_disk.folder)
    assert (found.repaired, found.frames) == ([], 5000)


def test_a_full_disk_is_refused_at_the_start_and_taken_again_when_there_is_room(small_disk):
    ballast = small_disk.folder / "something-else"
    ballast.write_bytes(bytes(7_000_000))
    refused = small_disk.start("--reserve-MB", "3")
    assert refused.process.wait(WAIT_S) == DISK
    assert not list(small_disk.folder.glob("recording*"))
    ballast.unlink()
    recorder = small_disk.start("--reserve-MB", "3", "--resume")
    small_disk.push(600)
    assert recorder.close()["recorded"] == 600
