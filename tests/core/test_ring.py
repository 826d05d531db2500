"""The history ring seen by one process: order, lapping, acknowledgement, room, slots."""

import mmap
import os
from pathlib import Path

import numpy as np
import pytest

from cext.frame import FRAME_BYTES, FRAME_DTYPE
from cext.ring import RingReader, RingWriter

WORD = np.dtype([("number", "i8")])


def numbered(first, count):
    frames = np.zeros(count, WORD)
    frames["number"] = np.arange(first, first + count)
    return frames


def ring(capacity=16):
    return RingWriter(WORD.itemsize, capacity)


def test_frames_come_out_whole_and_in_order():
    writer = RingWriter(FRAME_BYTES, 64)
    reader = RingReader(writer.fd, start=0)
    frames = np.frombuffer(np.random.default_rng(1).bytes(50 * FRAME_BYTES), FRAME_DTYPE)
    writer.push_frames(frames)
    assert b"".join(reader.read(7).tobytes() for _ in range(8)) == frames.tobytes()
    assert reader.read(7).size == 0
    assert (reader.position, reader.lost) == (50, 0)


def test_a_copy_is_not_touched_by_later_frames():
    writer = ring(2)
    reader = RingReader(writer.fd, dtype=WORD)
    writer.push_frames(numbered(0, 2))
    held = reader.read(2)
    writer.push_frames(numbered(2, 2))
    assert held["number"].tolist() == [0, 1]


@pytest.mark.parametrize("pushed", [15, 16, 17, 40, 1000])
def test_lapping_is_counted_exactly(pushed):
    writer = ring(16)
    reader = RingReader(writer.fd, dtype=WORD)
    writer.push_frames(numbered(0, pushed))
    expected_lost = max(0, pushed - 16)
    assert reader.read(1000)["number"].tolist() == list(range(expected_lost, pushed))
    assert (reader.lost, reader.position) == (expected_lost, pushed)


def test_readers_have_their_own_cursors():
    writer = ring()
    first, second = RingReader(writer.fd, dtype=WORD), RingReader(writer.fd, dtype=WORD)
    writer.push_frames(numbered(0, 10))
    assert first.read(4)["number"].tolist() == [0, 1, 2, 3]
    assert second.read(2)["number"].tolist() == [0, 1]
    assert first.read(1)["number"].tolist() == [4]


def test_default_start_of_a_viewer_is_now_and_of_a_lossless_reader_the_oldest_held():
    writer = ring(16)
    writer.push_frames(numbered(0, 20))
    assert RingReader(writer.fd, dtype=WORD).position == 20
    assert RingReader(writer.fd, True, dtype=WORD).position == 4
    assert RingReader(writer.fd, start=0, dtype=WORD).read(16)["number"].tolist() == list(range(4, 20))


def test_latest_does_not_move_the_cursor():
    writer = ring()
    reader = RingReader(writer.fd, dtype=WORD)
    assert reader.latest() is None
    writer.push_frames(numbered(0, 5))
    assert reader.latest()["number"] == 4
    assert (reader.position, reader.read(1)["number"].tolist()) == (0, [0])


def test_room_is_what_the_slowest_acknowledgement_leaves():
    writer = ring(16)
    viewer = RingReader(writer.fd, dtype=WORD)
    assert writer.room_frames() is None
    slow, quick = RingReader(writer.fd, True, dtype=WORD), RingReader(writer.fd, True, dtype=WORD)
    writer.push_frames(numbered(0, 10))
    assert writer.room_frames() == 6
    quick.read(10)
    quick.acknowledge(10)
    slow.read(10)
    assert writer.room_frames() == 6, "reading is not acknowledging"
    slow.acknowledge(3)
    assert writer.room_frames() == 9
    slow.close()
    assert writer.room_frames() == 16
    quick.close()
    assert writer.room_frames() is None
    assert viewer.read(100).size == 10


def test_a_frame_that_fits_the_room_is_never_lost():
    writer = ring(16)
    reader = RingReader(writer.fd, True, dtype=WORD)
    got = []
    for number in range(500):
        if not writer.wait_for_room(0.0):
            got += reader.read(5)["number"].tolist()
            reader.acknowledge(reader.position)
        writer.push_frames(numbered(number, 1))
    got += reader.read(100)["number"].tolist()
    assert (got, reader.lost) == (list(range(500)), 0)


def test_wait_for_room_times_out_and_ends_with_a_dismissal():
    writer = ring(16)
    reader = RingReader(writer.fd, True, dtype=WORD)
    writer.push_frames(numbered(0, 16))
    assert not writer.wait_for_room(0.001)
    assert writer.dismiss(reader.slot)
    assert writer.wait_for_room(0.0)
    assert not writer.dismiss(reader.slot), "the second time there is nobody"


def test_a_dismissed_reader_learns_it_and_cannot_disturb_its_slot():
    writer = ring()
    gone = RingReader(writer.fd, True, name="gone", dtype=WORD)
    writer.push_frames(numbered(0, 4))
    gone.read(4)
    writer.dismiss(gone.slot)
    new = RingReader(writer.fd, True, name="new", dtype=WORD)
    assert new.slot == gone.slot
    with pytest.raises(RuntimeError, match="dismissed"):
        gone.acknowledge(4)
    gone.close()
    assert [entry.name for entry in writer.readers()] == ["new"]


def test_resume_takes_over_the_acknowledged_position():
    writer = ring(16)
    killed = RingReader(writer.fd, True, name="recorder", dtype=WORD)
    other = RingReader(writer.fd, True, name="other", dtype=WORD)
    writer.push_frames(numbered(0, 10))
    killed.read(8)
    killed.acknowledge(5)
    successor = RingReader(writer.fd, True, name="recorder", resume=True, dtype=WORD)
    assert (successor.slot, successor.position) == (killed.slot, 5)
    assert successor.read(100)["number"].tolist() == list(range(5, 10))
    with pytest.raises(RuntimeError, match="taken over"):
        killed.acknowledge(8)
    killed.close()
    assert {entry.name for entry in writer.readers()} == {"recorder", "other"}
    assert other.position == 0


def test_resume_without_a_predecessor_starts_new():
    writer = ring(16)
    writer.push_frames(numbered(0, 20))
    reader = RingReader(writer.fd, True, name="recorder", resume=True, dtype=WORD)
    assert (reader.position, writer.readers()[0].name, writer.readers()[0].pid) == (4, "recorder", os.getpid())


def test_resume_refuses_two_of_one_name():
    writer = ring()
    twins = [RingReader(writer.fd, True, name="twin", dtype=WORD) for _ in range(2)]
    with pytest.raises(ValueError, match="2 readers are registered as 'twin'"):
        RingReader(writer.fd, True, name="twin", resume=True, dtype=WORD)
    assert len(twins) == len(writer.readers())


def test_slots_run_out_with_words_and_come_back():
    writer = ring()
    readers = []
    with pytest.raises(RuntimeError, match="all 32 slots"):
        for _ in range(33):
            readers.append(RingReader(writer.fd, True, dtype=WORD))  # noqa: PERF401 the 33rd raises, the others must stay alive
    readers[7].close()
    assert RingReader(writer.fd, True, dtype=WORD).slot == 7


@pytest.mark.parametrize("position", [2, 6])
def test_acknowledgement_only_between_acknowledged_and_read(position):
    writer = ring()
    reader = RingReader(writer.fd, True, dtype=WORD)
    writer.push_frames(numbered(0, 10))
    reader.read(5)
    reader.acknowledge(3)
    with pytest.raises(ValueError, match=r"allowed is 3 .* to 5"):
        reader.acknowledge(position)


def maps_of(ring):
    inode = str(os.fstat(ring.fd).st_ino)
    rows = [line.split() for line in Path("/proc/self/maps").read_text().splitlines()]
    return sorted(row[1] for row in rows if "/memfd:mockloop-ring" in row and row[4] == inode)


def test_a_reader_can_write_at_most_the_header_page_and_nobody_can_shrink_the_memory():
    writer = ring()
    assert maps_of(writer) == ["rw-s"]
    viewer = RingReader(writer.fd, dtype=WORD)
    assert maps_of(writer) == ["r--s", "rw-s"]
    recorder = RingReader(writer.fd, True, dtype=WORD)
    assert maps_of(writer) == ["r--s", "r--s", "rw-s", "rw-s"]
    del viewer, recorder
    assert maps_of(writer) == ["rw-s"]
    with pytest.raises(PermissionError):
        os.ftruncate(writer.fd, 100)


def test_a_foreign_descriptor_is_refused():
    writer = ring()
    with pytest.raises(OSError, match="frames of 8 bytes, this reader was built for 816"):
        RingReader(writer.fd, dtype=np.dtype("V816"))
    strange = os.memfd_create("strange")
    try:
        with pytest.raises(OSError, match="holds 0 bytes"):
            RingReader(strange)
        os.ftruncate(strange, mmap.PAGESIZE)
        with pytest.raises(OSError, match="not a history ring"):
            RingReader(strange)
    finally:
        os.close(strange)


@pytest.mark.parametrize(("frame_bytes", "capacity"), [(0, 16), (12, 16), (8, 0), (8, 1), (8, 24)])
def test_sizes_that_cannot_work_are_refused(frame_bytes, capacity):
    with pytest.raises(ValueError, match="is refused"):
        RingWriter(frame_bytes, capacity)


def test_a_closed_reader_says_so():
    writer = ring()
    with RingReader(writer.fd, True, dtype=WORD) as reader:
        pass
    reader.close()
    with pytest.raises(ValueError, match="closed"):
        reader.read(1)
