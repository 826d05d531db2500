"""The history ring under a writer that never pauses: readers in threads and in processes, killed and resumed."""

import contextlib
import json
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from cext.ring import RingReader, RingWriter

FRAME_BYTES = 816
WORDS = np.dtype([("words", "i8", FRAME_BYTES // 8)])
READER = Path(__file__).parent / "ring_reader_process.py"


def patterned(first, count):
    frames = np.empty(count, WORDS)
    frames["words"] = np.arange(first, first + count)[:, None]
    return frames


@pytest.fixture
def start():
    """start(ring, kind, …): a reader process that has its cursor already. None outlives the test."""
    with contextlib.ExitStack() as stack:

        def started(ring, kind, *words):
            command = [sys.executable, str(READER), kind, str(ring.fd), *map(str, words)]
            process = stack.enter_context(subprocess.Popen(command, pass_fds=[ring.fd], stdout=subprocess.PIPE, text=True))
            stack.callback(process.kill)
            assert process.stdout.readline() == "ready\n"
            return process

        yield started


def result(process):
    # Not communicate: what readline has taken ahead into its buffer would be lost to it.
    out = process.stdout.read()
    assert process.wait(60) == 0
    return json.loads(out)


def push_waiting(ring, until):
    """As the loop does it in virtual time: never beyond the room of the lossless readers. False if there was none for 20 s."""
    while ring.written < until:
        if not ring.wait_for_room(20.0):
            return False
        room = ring.room_frames()
        ring.push_frames(patterned(ring.written, min(32, until - ring.written, 32 if room is None else room)))
    return True


def follow(ring, first, until):
    """Reads frames [first, until) and returns those delivered, how many of them were wrong, and the reader."""
    reader, delivered, bad = RingReader(ring.fd, start=first, dtype=WORDS), 0, 0
    while reader.position < until:
        frames = reader.read(32)
        delivered += len(frames)
        numbers = np.arange(reader.position - len(frames), reader.position)
        bad += int(np.any(frames["words"] != numbers[:, None], axis=1).sum())
    return delivered, bad, reader


@pytest.mark.parametrize("capacity", [2, 64])
def test_threads_every_frame_is_delivered_whole_or_counted_as_lost(hammer, capacity):
    ring, lost = RingWriter(FRAME_BYTES, capacity), 0
    for total in range(500_000, 10_000_001, 500_000):
        first = ring.written
        writer = threading.Thread(target=hammer.push, args=(ring, 500_000))
        writer.start()
        delivered, bad, reader = follow(ring, first, total)
        writer.join()
        assert bad == 0
        assert delivered + reader.lost == total - first
        lost += reader.lost
        if lost:
            break
    assert lost > 0, "the writer never lapped the reader: nothing was tried"


def test_control_a_reader_without_the_recheck_gets_torn_frames(hammer):
    total, torn = 0, 0
    ring = RingWriter(FRAME_BYTES, 64)
    for _ in range(20):
        total += 1_000_000
        writer = threading.Thread(target=hammer.push, args=(ring, 1_000_000))
        writer.start()
        torn = hammer.read_without_recheck(ring.fd, total, 1)[1]
        writer.join()
        if torn:
            break
    assert torn > 0, "the hammer is too weak to show a missing re-check"


def test_processes_every_frame_is_delivered_whole_or_counted_as_lost(hammer, start):
    ring, total = RingWriter(FRAME_BYTES, 256), 2_000_000
    viewers = [start(ring, "viewer", total) for _ in range(2)]
    hammer.push(ring, total)
    for viewer in viewers:
        found = result(viewer)
        assert found["bad"] == 0
        assert found["delivered"] + found["lost"] == found["position"] - found["first"] == total


def test_a_lossless_process_loses_nothing_though_a_viewer_is_lapped(tmp_path, start):
    ring, total = RingWriter(FRAME_BYTES, 256), 50_000
    viewer = start(ring, "viewer", total)
    recorder = start(ring, "recorder", total, tmp_path / "frames", 0, "never")
    assert push_waiting(ring, total)
    found = result(recorder)
    assert (found["delivered"], found["lost"], found["bad"]) == (total, 0, 0)
    assert np.array_equal(np.fromfile(tmp_path / "frames", np.int64), np.arange(total))
    seen = result(viewer)
    assert (seen["bad"], seen["delivered"] + seen["lost"]) == (0, total)
    assert ring.readers() == []


@pytest.mark.parametrize("at", ["read", "written", "acknowledged"])
def test_a_recorder_killed_over_and_over_leaves_no_hole(tmp_path, start, at):
    ring, total, path = RingWriter(FRAME_BYTES, 256), 20_000, tmp_path / "frames"
    done = []
    writer = threading.Thread(target=lambda: done.append(push_waiting(ring, total)))
    die_at = np.random.default_rng(7).integers(0, 4000, 4)  # at most 16000 of the 20000
    recorder = start(ring, "recorder", total, path, die_at[0], at)
    writer.start()
    for frames in die_at[1:]:
        assert recorder.wait(60) == -signal.SIGKILL
        assert ring.room_frames() is not None, "a dead reader holds the writer until it is resumed or dismissed"
        recorder = start(ring, "recorder", total, path, frames, at)
    assert recorder.wait(60) == -signal.SIGKILL
    found = result(start(ring, "recorder", total, path, 0, "never"))
    writer.join()
    assert done == [True]
    assert (found["bad"], found["lost"], found["position"]) == (0, 0, total)
    recorded = np.fromfile(path, np.int64)
    assert np.array_equal(np.unique(recorded), np.arange(total)), "every frame is there"
    if at != "written":  # killed between flush and acknowledgement, the successor repeats what it cannot know to be safe
        assert np.array_equal(recorded, np.arange(total)), "and once"


def test_a_dead_reader_that_is_dismissed_sets_the_writer_free(tmp_path, start):
    ring = RingWriter(FRAME_BYTES, 64)
    recorder = start(ring, "recorder", 10**9, tmp_path / "frames", 10**9, "never")
    recorder.kill()
    assert recorder.wait(60) == -signal.SIGKILL
    ring.push_frames(patterned(0, ring.room_frames()))
    (dead,) = ring.readers()
    assert (dead.name, dead.pid, ring.room_frames()) == ("recorder", recorder.pid, 64 - ring.written + dead.acknowledged)
    assert ring.dismiss(dead.slot)
    assert ring.room_frames() is None


def test_the_memory_outlives_readers_that_exit_or_are_killed(start):
    ring = RingWriter(FRAME_BYTES, 64)
    killed = [start(ring, "viewer", 10**9) for _ in range(2)]
    leaves = start(ring, "viewer", 1)
    ring.push_frames(patterned(0, 50))
    assert result(leaves)["bad"] == 0
    for process in killed:
        process.kill()
        process.wait(60)
    ring.push_frames(patterned(50, 50))
    delivered, bad, reader = follow(ring, 0, 100)
    assert (delivered, bad, reader.lost) == (64, 0, 36)
    late = start(ring, "viewer", 150)
    ring.push_frames(patterned(100, 50))
    assert result(late) == {"first": 100, "delivered": 50, "bad": 0, "lost": 0, "position": 150}
