"""The command at a terminal of its own."""

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MAIN = "from controller.cli import main; main()"


class Terminal:
    """A command at a pseudo-terminal: what it showed so far, and keys to press."""

    def __init__(self, words, folder, size=(30, 130)):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))
        env = os.environ | {"PYTHONPATH": str(ROOT), "TERM": "xterm-256color", "COLUMNS": str(size[1]), "LINES": str(size[0])}
        self.process = subprocess.Popen(
            [sys.executable, "-c", MAIN, *map(str, words)], stdin=slave, stdout=slave, stderr=slave, cwd=folder, env=env,
            start_new_session=True, preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )  # fmt: skip
        os.close(slave)
        self.shown = b""
        self.closed = False

    def wait_for(self, text, limit_s=60.0):
        """Reads until `text` has been shown since the last key; gives what was shown."""
        until = time.monotonic() + limit_s
        while text.encode() not in self.shown:
            left = until - time.monotonic()
            assert left > 0.0 and self.process.poll() is None, f"no {text!r} in:\n{self.shown[-3000:].decode(errors='replace')}"
            if select.select([self.master], [], [], min(left, 0.2))[0]:
                self.shown += os.read(self.master, 65536)
        return self.shown.decode(errors="replace")

    def press(self, keys):
        self.shown = b""
        os.write(self.master, keys.encode())

    def hold_space(self, seconds):
        """As a keyboard does it: one press, a delay, then repeats."""
        until = time.monotonic() + seconds
        self.press(" ")
        time.sleep(0.4)
        while time.monotonic() < until:
            os.write(self.master, b" ")
            self.drain()
            time.sleep(0.04)

    def drain(self):
        while select.select([self.master], [], [], 0)[0]:
            try:
                self.shown += os.read(self.master, 65536)
            except OSError:
                return

    def hang_up(self):
        os.close(self.master)
        self.closed = True

    def end(self, limit_s=30.0):
        """Exit code, once it has ended."""
        until = time.monotonic() + limit_s
        while self.process.poll() is None:
            assert time.monotonic() < until, "it does not end"
            if not self.closed:
                self.drain()
            time.sleep(0.05)
        return self.process.returncode


@pytest.fixture
def terminal(tmp_path):
    """`terminal("io", "--bench", …)`: a command at a terminal of its own, in a folder of its own."""
    made = []

    def start(*words, **options):
        made.append(Terminal(words, tmp_path, **options))
        return made[-1]

    yield start
    for one in made:
        if one.process.poll() is None:
            one.process.kill()
            one.process.wait()
        if not one.closed:
            os.close(one.master)
