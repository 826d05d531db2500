"""Run by test_ring_hammer.py: follows a ring whose frames hold their number in every word, and prints what it found.

viewer FD UNTIL                   reads until frame UNTIL
recorder FD UNTIL FILE DIE_AT AT  the same, lossless and resuming: appends the numbers to FILE, flushes, acknowledges. Once it
                                  has read DIE_AT frames it kills itself, AT = read, written, acknowledged or never
"""

import json
import os
import signal
import sys
from pathlib import Path

import numpy as np

from cext.ring import RingReader

WORDS = np.dtype([("words", "i8", 102)])


def bad_frames(frames, end):
    """How many of the frames that precede number `end` are torn or in the wrong place."""
    numbers = np.arange(end - len(frames), end)
    return int(np.any(frames["words"] != numbers[:, None], axis=1).sum())


def view(reader, until):
    delivered = bad = 0
    first = reader.position
    print("ready", flush=True)
    while reader.position < until:
        frames = reader.read(64)
        delivered += len(frames)
        bad += bad_frames(frames, reader.position)
    return {"first": first, "delivered": delivered, "bad": bad, "lost": reader.lost, "position": reader.position}


def record(reader, until, path, die_at, at):
    def perhaps_die(where):
        if delivered >= die_at and where == at:
            os.kill(os.getpid(), signal.SIGKILL)

    delivered = bad = 0
    first = reader.position
    print("ready", flush=True)
    with path.open("ab") as file:
        while reader.position < until:
            frames = reader.read(64)
            delivered += len(frames)
            bad += bad_frames(frames, reader.position)
            perhaps_die("read")
            file.write(frames["words"][:, 0].tobytes())
            file.flush()
            perhaps_die("written")
            reader.acknowledge(reader.position)
            perhaps_die("acknowledged")
    reader.close()
    return {"first": first, "delivered": delivered, "bad": bad, "lost": reader.lost, "position": reader.position}


if __name__ == "__main__":
    kind, fd, until = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    if kind == "viewer":
        found = view(RingReader(fd, dtype=WORDS), until)
    else:
        path, die_at, at = sys.argv[4:]
        found = record(RingReader(fd, True, name="recorder", resume=True, dtype=WORDS), until, Path(path), int(die_at), at)
    print(json.dumps(found))
