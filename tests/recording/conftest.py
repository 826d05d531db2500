"""A ring, a test writer and real recorder processes."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cext.frame import FRAME_BYTES, FRAME_DTYPE
from cext.ring import RingWriter
from cext.tables import load

T0_EPOCH_S = 1_750_000_000.0
WAIT_S = 60.0
HEADER = {
    "software_version": "0.1.0",
    "build_id": "test",
    "seed": 7,
    "simulated": True,
    "hardware": "virtual",
    "t0_epoch_s": T0_EPOCH_S,
    "period_us": 1000.0,
    "realtime": {"fifo": False},
    "metrics": {"hr_bpm": "bpm", "map_mmHg": "mmHg"},
    "configuration": {"bench.toml": "[bench]\nname = 'virtual'\n"},
}


def frames_of(first: int, count: int) -> np.ndarray[Any, Any]:
    """Frames `first` to `first + count`, each a function of its number alone."""
    number = np.arange(first, first + count, dtype=np.float64)
    frames = np.zeros(count, FRAME_DTYPE)
    for k, signal in enumerate(load.signals()):
        if np.dtype(signal.type).kind == "f":
            frames[signal.path] = np.sin(0.01 * number + k) * (k + 1) / 3.0
        else:
            frames[signal.path] = (number // (k + 1)) % 200
    frames["time.tick"] = number
    frames["time.t_s"] = number * 1e-3
    frames["age_s"] = (number % 7)[:, None] * 1e-3
    frames["quality"] = (number % 3)[:, None]
    return frames


class RecorderProcess:
    """A real recorder on a real ring."""

    def __init__(self, ring: RingWriter, folder: Path, *words: str, before: Callable[[], None] | None = None) -> None:
        self.ring = ring
        places = ["--ring-fd", str(ring.fd), "--folder", str(folder), "--header", str(folder / "header.json")]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "controller.recording.process", *places, *words],
            pass_fds=(ring.fd,),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            preexec_fn=before,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        self._lines: queue.Queue[dict[str, Any] | None] = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self._lines.put(json.loads(line))
        self._lines.put(None)

    def until(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The next status line for which `wanted` holds."""
        while True:
            line = self._lines.get(timeout=WAIT_S)
            assert line is not None, f"the recorder left with {self.process.wait()}: {self.errors()}"
            if wanted(line):
                return line

    def until_key(self, key: str) -> dict[str, Any]:
        return self.until(lambda line: key in line)

    def until_position(self, position: int) -> dict[str, Any]:
        """Waits until everything below `position` is flushed."""
        return self.until(lambda line: line.get("position", -1) >= position and "recorded" in line)

    def send(self, **message: Any) -> None:
        self.send_raw(json.dumps(message).encode() + b"\n")

    def send_raw(self, data: bytes) -> None:
        assert self.process.stdin
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def close(self, **closing: Any) -> dict[str, Any]:
        """Closes as the supervisor does; the last line."""
        self.send(close=closing)
        self.end_stdin()
        said = self.until_key("closed")
        assert self.process.wait(WAIT_S) == 0, self.errors()
        return said

    def end_stdin(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()

    def errors(self) -> str:
        assert self.process.stderr
        return self.process.stderr.read().decode()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(WAIT_S)

    def clean_up(self) -> None:
        self.kill()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()


class Desk:
    """A run folder, a ring and what writes it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ring = RingWriter(FRAME_BYTES, 16384)
        self.started: list[RecorderProcess] = []
        self.header(**HEADER)

    def header(self, **content: Any) -> None:
        (self.folder / "header.json").write_text(json.dumps(content))

    def start(self, *words: str, lossless: bool = True, before: Callable[[], None] | None = None) -> RecorderProcess:
        words = (*words, "--lossless") if lossless else words
        made = RecorderProcess(self.ring, self.folder, *words, before=before)
        self.started.append(made)
        return made

    def push(self, count: int, block: int = 256, change: Mapping[str, float] | None = None) -> None:
        """The next `count` frames, waiting for lossless readers as the fast loop does; `change` sets signals to a value."""
        end, patience = self.ring.written + count, int(WAIT_S / 0.05)
        while (first := self.ring.written) < end:
            size = min(block, end - first)
            while (room := self.ring.room_frames()) is not None and room < size:
                patience -= not self.ring.wait_for_room(0.05)
                assert patience, "nobody reads any more"
            frames = frames_of(first, size)
            for path, value in (change or {}).items():
                frames[path] = value
            self.ring.push_frames(frames)


@pytest.fixture
def new_desk(tmp_path: Path) -> Iterator[Callable[[str], Desk]]:
    """Makes desks, each in a folder of its own."""
    made: list[Desk] = []

    def make(name: str) -> Desk:
        (tmp_path / name).mkdir()
        made.append(Desk(tmp_path / name))
        return made[-1]

    yield make
    for desk in made:
        for recorder in desk.started:
            recorder.clean_up()


@pytest.fixture
def desk(new_desk: Callable[[str], Desk]) -> Desk:
    return new_desk("run")


@pytest.fixture
def expected() -> Callable[[int, int], np.ndarray[Any, Any]]:
    return frames_of
