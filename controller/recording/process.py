"""The recorder process: ``python -m controller.recording.process`` (see docs/recording.md for what it says and writes).

Exit codes: 0 closed; 2 bad arguments, header or folder; 4 the disk refused or is full, what was flushed before is intact.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cext.ring_reader import RingReader
from controller.processes.json_lines import Message
from controller.recording import header as headers
from controller.recording.layout import POLICIES
from controller.recording.line import Line
from controller.recording.names import next_number, segment_path, segments
from controller.recording.policies import policy
from controller.recording.reading import last_position
from controller.recording.recorder import (
    BLOCK_FRAMES,
    FLUSH_S,
    RESERVE_MB,
    DiskFull,
    Recorder,
    check_room,
    disk_free_MB,
)
from controller.recording.segment import DiskError, Segment

USAGE, DISK = 2, 4
STATUS_S = 0.25
IDLE_S = 0.002  # before the first frame: a fast run fills the ring in 30 ms
SHORTEST_S = 0.001
GOOD_BLOCK_FRAMES = 2048  # a write costs 0.3 ms whatever its size
DRAIN_S = 30.0
CLOSING_S = 2.0  # hashing and fsync of gigabytes take minutes: so often the supervisor hears that they go on
READER_NAME = "recorder"


def arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """The parsed command line; exits with 2 on a wrong one."""
    parser = argparse.ArgumentParser(prog="python -m controller.recording.process", description=__doc__)
    parser.add_argument("--ring-fd", type=int, required=True, help="descriptor of the history ring, inherited")
    parser.add_argument("--folder", type=Path, required=True, help="run folder")
    parser.add_argument("--policy", choices=POLICIES, default="full")
    parser.add_argument("--header", type=Path, required=True, help="header.json")
    parser.add_argument("--lossless", action="store_true", help="register with the ring: a writer in virtual time waits for us")
    parser.add_argument("--resume", action="store_true", help="go on in a new segment from the acknowledged position")
    parser.add_argument("--reserve-MB", type=float, default=RESERVE_MB, help="disk space that is left free")
    return parser.parse_args(argv)


class _Stop:
    """SIGTERM as a flag. SIGINT is the terminal's word to the whole group: the supervisor decides what it means."""

    def __init__(self) -> None:
        self.asked = False
        signal.signal(signal.SIGTERM, self._ask)
        signal.signal(signal.SIGINT, signal.SIG_IGN)

    def _ask(self, *_: object) -> None:
        self.asked = True


class _Pace:
    """How long to sleep so that a block is worth its cost: from the rate at which frames come."""

    def __init__(self) -> None:
        self._rate = 0.0  # frames/s
        self._last_s = time.monotonic()

    def pause_s(self, count: int) -> float:
        now = time.monotonic()
        elapsed, self._last_s = max(now - self._last_s, 1e-4), now
        weight = min(1.0, elapsed / 0.2)
        self._rate += weight * (count / elapsed - self._rate)
        if count >= GOOD_BLOCK_FRAMES:
            return 0.0
        if self._rate <= 0.0:
            return IDLE_S
        return min(max(GOOD_BLOCK_FRAMES / self._rate, SHORTEST_S), FLUSH_S)


def record(recorder: Recorder, line: Line, stop: _Stop, folder: Path, reserve_MB: float) -> tuple[Message | None, str]:
    """Records until told to leave. Returns what the supervisor said at the close (or None) and why it ended.

    Raises:
        DiskFull: less than `reserve_MB` left. OSError: the disk refused.
    """
    pace = _Pace()
    closing: Message | None = None
    pause_s, said_s, drain_until = 0.0, 0.0, float("inf")
    while True:
        messages = line.wait(pause_s)
        for message in messages:
            recorder.take(message)
            if isinstance(message.get("close"), dict):
                closing = message["close"]
        count = recorder.take_frames()
        now = time.monotonic()
        if now - said_s >= STATUS_S:
            said_s = now
            status = recorder.status()
            check_room(status["disk_free_MB"], folder, reserve_MB)
            line.say(status)
        leaving = stop.asked or line.ended or closing is not None
        if leaving:
            drain_until = min(drain_until, now + DRAIN_S)
            if (count < GOOD_BLOCK_FRAMES and not messages) or now >= drain_until:
                why = "closed" if closing is not None else "terminated" if stop.asked else "supervisor gone"
                return closing, why
        pause_s = 0.0 if leaving else pace.pause_s(count)


def main(argv: list[str] | None = None) -> int:
    """Runs the recorder; returns the exit code."""
    args = arguments(argv)
    line, stop = Line(), _Stop()
    folder: Path = args.folder
    try:
        header = headers.read(args.header)
        rules = policy(args.policy, header, BLOCK_FRAMES)
        number = next_number(folder)
        if number and not args.resume:
            raise headers.HeaderError(f"{segment_path(folder, 0)} exists: it is never overwritten; --resume goes on beside it")
        check_room(disk_free_MB(folder), folder, args.reserve_MB)
        ring = _reader(args, folder)
        segment = Segment(folder, number, rules.layout, header, hashing=number == 0 and args.policy != "beats")
    except DiskFull as error:
        return _fail(line, "disk-full", str(error), DISK)
    except DiskError as error:
        os._exit(_fail(line, "disk", f"recording in {folder}: {error}", DISK))  # see below
    except (OSError, ValueError, RuntimeError) as error:  # HeaderError among them
        return _fail(line, "usage", str(error), USAGE)
    recorder = Recorder(ring, rules, segment, header, args.lossless)
    line.say({"ready": True, "segment": segment.path.name, "position": ring.position, "pid": os.getpid()})
    try:
        try:
            closing, why = record(recorder, line, stop, folder, args.reserve_MB)
        except DiskFull as error:
            recorder.finish(None, "disk full")
            return _fail(line, "disk-full", str(error), DISK)
        with _said_while_closing(line):
            summary = recorder.finish(closing, why)
    except OSError as error:
        # HDF5 cannot close a file that the disk refuses, and would crash on the way out: leave at once, as if killed.
        text = f"recording {segment.path}: {error.strerror}; intact up to position {recorder.flushed}"
        os._exit(_fail(line, "disk", text, DISK))
    ring.close()
    line.say({"closed": True, **recorder.status(), **{k: v for k, v in summary.items() if k != "run"}})
    return 0


@contextmanager
def _said_while_closing(line: Line) -> Iterator[None]:
    """Says ``{"closing": true}`` every `CLOSING_S` from a thread; nothing else is said meanwhile."""
    over = threading.Event()

    def say() -> None:
        while not over.wait(CLOSING_S):
            line.say({"closing": True})

    thread = threading.Thread(target=say, name="closing", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _reader(args: argparse.Namespace, folder: Path) -> RingReader:
    """The reading end, at the first frame to record."""
    if args.lossless:
        return RingReader(args.ring_fd, True, name=READER_NAME, **({"resume": True} if args.resume else {"start": 0}))
    return RingReader(args.ring_fd, start=_next_position(folder) if args.resume else 0)


def _next_position(folder: Path) -> int:
    """Number of the frame after the last one on disk."""
    return max((last_position(path) + 1 for path in segments(folder)), default=0)


def _fail(line: Line, kind: str, text: str, code: int) -> int:
    line.say({"error": kind, "text": text})
    print(f"recorder: {text}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
