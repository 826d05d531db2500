"""The latest-value cell, hammered by threads and by processes; and the control without the re-check, which must fail."""

import mmap
import subprocess
import sys
import threading

import numpy as np
import pytest

from cext.cell import Cell

RECORD_BYTES = 816
WRITES = 2_000_000
WORDS = np.dtype([("words", "i8", RECORD_BYTES // 8)])


def both(first, second):
    """Runs two functions in two threads at once and returns what the second returned."""
    thread = threading.Thread(target=first)
    thread.start()
    try:
        return second()
    finally:
        thread.join()


def test_nothing_before_the_first_then_always_the_newest():
    cell = Cell(16)
    pair = np.dtype([("a", "f8"), ("b", "f8")])
    assert cell.read(pair) is None
    for k in range(1, 10):
        cell.write(np.array((k, -k), pair))
        assert (cell.read(pair).item(), cell.written) == ((k, -k), k)


def test_threads_never_get_a_torn_record(hammer):
    cell = Cell(RECORD_BYTES)
    reads, torn, backwards = both(lambda: hammer.put(cell, WRITES), lambda: hammer.get(cell, WRITES, recheck=True))
    assert reads > 1000
    assert (torn, backwards) == (0, 0)


def test_control_threads_without_the_recheck_get_torn_records(hammer):
    cell, torn = Cell(RECORD_BYTES), 0
    for turn in range(1, 21):
        torn += both(
            lambda: hammer.put(cell, WRITES),
            lambda until=turn * WRITES: hammer.get(cell, until, recheck=False)[1],
        )
        if torn:
            break
    assert torn > 0, "the hammer is too weak to show a missing re-check"


READER = """
import sys
sys.path.insert(0, sys.argv[1])
import hammer
from cext.cell import Cell
print(*hammer.get(Cell({size}, int(sys.argv[2])), {until}, True), flush=True)
"""


def test_processes_never_get_a_torn_record(hammer, hammer_path):
    cell = Cell(RECORD_BYTES)
    script = READER.format(size=RECORD_BYTES, until=WRITES)
    readers = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(hammer_path), str(cell.fd)],
            pass_fds=[cell.fd],
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    while any(reader.poll() is None for reader in readers):
        hammer.put(cell, WRITES)
    for reader in readers:
        reads, torn, backwards = map(int, reader.communicate()[0].split())
        assert reads > 0
        assert (torn, backwards) == (0, 0)


def test_a_half_written_record_does_not_hide_the_one_before():
    # The writer stopped by the scheduler between `begun` and `written`: written here as its memory then looks.
    cell = Cell(8)
    for number in range(7):
        cell.write(np.int64(number))
    with mmap.mmap(cell.fd, 128 + 4 * 8) as memory:
        words = np.frombuffer(memory, np.int64)
        words[8] += 1  # begun
        words[16 + 7 % 4] = -1  # half of record 7
        del words
    assert cell.read(np.int64) == 6


def test_what_does_not_fit_is_refused():
    cell = Cell(16)
    with pytest.raises(ValueError, match="24 bytes is refused: allowed are 16"):
        cell.write(np.zeros(3))
    with pytest.raises(ValueError, match="this dtype 8"):
        cell.read(np.float64)
    with pytest.raises(ValueError, match="multiple of 8"):
        Cell(12)
    with pytest.raises(OSError, match="not a cell of this version with records of 8 bytes"):
        Cell(8, cell.fd)
    attached = Cell(16, cell.fd)
    with pytest.raises(ValueError, match="read only"):
        attached.write(np.zeros(2))
