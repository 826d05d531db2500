"""One helper process as the supervisor sees it: started, watched, written to, started again, ended."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from controller.processes.json_lines import Message, Splitter, decode, encode
from controller.processes.outbound import Outbound
from controller.processes.restart import FINAL_CODES, RestartPolicy

KEPT_LINES = 20  # of stderr, for the message when it dies
KEPT_CHARACTERS = 400  # of each
READ_BYTES = 1 << 16
TERM_S = 1.0  # between SIGTERM and SIGKILL


class HelperError(RuntimeError):
    """A helper could not be started, or ended before it said what was waited for."""


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a helper: `what` is started, died, gave-up or closed; `data` holds pid, code, restart count."""

    name: str
    what: str
    text: str
    data: Mapping[str, Any] = field(default_factory=dict)


class Helper:
    """A child process that speaks JSON lines. Nothing here blocks; a helper that stalls costs the lines it does not read.

    Args:
        name: for messages ("recorder").
        argv: the command, or a function that gives it at every start (a recorder resumes, a broker keeps its port).
        pass_fds: descriptors that the child inherits under the same numbers.
        on_line: called with every JSON object of its stdout.
        on_change: called with every `Change`.
        environment: of the child; ours if None.
        restart: when it is started again after its death; None for never.
        queue_bytes: bound of what waits for a pipe that is full.
    """

    def __init__(
        self,
        name: str,
        argv: Sequence[str] | Callable[[], Sequence[str]],
        *,
        pass_fds: Sequence[int] = (),
        on_line: Callable[[Message], None] | None = None,
        on_change: Callable[[Change], None] | None = None,
        environment: Mapping[str, str] | None = None,
        restart: RestartPolicy | None = RestartPolicy(),  # noqa: B008  (frozen)
        queue_bytes: int = 1 << 20,
    ) -> None:
        self.name = name
        self.restarts = 0
        self.returncode: int | None = None  # of the last process that ended
        self.error: Message | None = None  # the last {"error": …} it said
        self._argv = argv
        self._pass_fds = tuple(pass_fds)
        self._on_line = on_line
        self._on_change = on_change
        self._environment = environment
        self._restart = restart
        self._outbound = Outbound(queue_bytes)
        self._process: subprocess.Popen[bytes] | None = None
        self._pidfd = -1
        self._pipes: dict[int, Splitter] = {}
        self._stderr_fd = -1
        self._said: deque[str] = deque(maxlen=KEPT_LINES)
        self._expected: list[tuple[str, asyncio.Future[Message]]] = []
        self._gone = asyncio.Event()
        self._closing = False
        self._timer: asyncio.TimerHandle | None = None
        self._failures = 0
        self._started_s = 0.0

    @property
    def alive(self) -> bool:
        """Whether the process runs now (False between a death and the restart)."""
        return self._process is not None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def dropped(self) -> int:
        """Lines that `send` refused."""
        return self._outbound.dropped

    @property
    def last_words(self) -> str:
        """The last lines of its stderr."""
        return "\n".join(self._said)

    async def start(self) -> None:
        """Starts the process and its watch. Raises HelperError if it cannot be executed."""
        if self.alive or self._timer:
            raise HelperError(f"{self.name} has been started already")
        self._closing = False
        self._failures = 0
        self._outbound.open_again()
        try:
            self._spawn()
        except OSError as error:
            raise HelperError(f"{self.name} could not be started: {error}") from error

    def send(self, message: Message) -> bool:
        """Queues one line for its stdin and writes what the pipe takes at once; False (and counted) if there is no room.

        Works without the event loop turning, so a supervisor in fast mode may send between two slices.
        """
        return self._outbound.put(encode(message))

    async def expect(self, key: str, timeout_s: float = 10.0) -> Message:
        """The next line that has `key`. Raises HelperError if the helper ends for good before it, or time is up."""
        if not self.alive and not self._timer:
            raise HelperError(f"{self.name} is not running")
        future: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._expected.append((key, future))
        try:
            return await asyncio.wait_for(future, timeout_s)
        except TimeoutError:
            raise HelperError(f"{self.name} did not say {key!r} within {timeout_s:g} s{self._tail()}") from None
        finally:
            self._expected = [pair for pair in self._expected if pair[1] is not future]

    async def close(self, timeout_s: float = 5.0) -> int | None:
        """Ends its stdin after the last queued line and waits; SIGTERM after `timeout_s`, SIGKILL 1 s later.

        Returns the exit code (negative: the signal), None if it was not running. Raises HelperError if even SIGKILL
        has not ended it after a further second.
        """
        self._closing = True
        if self._timer:
            self._timer.cancel()
            self._timer = None
        if self._process is None:
            return None
        self._outbound.finish()
        for patience_s, number in ((timeout_s, signal.SIGTERM), (TERM_S, signal.SIGKILL), (TERM_S, None)):
            try:
                await asyncio.wait_for(self._gone.wait(), patience_s)
                return self.returncode
            except TimeoutError:
                if number is not None:
                    self._process.send_signal(number)
        raise HelperError(f"{self.name} (pid {self.pid}) outlives SIGKILL: the kernel holds it, look at its disk or bus")

    def _spawn(self) -> None:
        argv = list(self._argv() if callable(self._argv) else self._argv)
        # A process group of its own: Ctrl-C on the terminal is for the supervisor, which then ends its helpers in order.
        process = subprocess.Popen(
            argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            pass_fds=self._pass_fds,
            env=self._environment,
            process_group=0,
        )
        assert process.stdin and process.stdout and process.stderr
        try:
            self._pidfd = os.pidfd_open(process.pid)
        except OSError:  # no descriptors left: nobody could watch it
            with process:
                process.kill()
            raise
        loop = asyncio.get_running_loop()
        self._process = process
        self._started_s = time.monotonic()
        self._gone.clear()
        self._said.clear()
        self.error = None
        self._stderr_fd = process.stderr.fileno()
        for fd in (process.stdout.fileno(), self._stderr_fd):
            os.set_blocking(fd, False)
            self._pipes[fd] = Splitter()
            loop.add_reader(fd, self._read, fd)
        self._outbound.attach(os.dup(process.stdin.fileno()))
        process.stdin.close()
        loop.add_reader(self._pidfd, self._ended)
        self._tell("started", f"{self.name} started", pid=process.pid)

    def _read(self, fd: int) -> bool:
        """Takes what there is; False at the end of the stream, or when nothing is there."""
        try:
            data = os.read(fd, READ_BYTES)
        except BlockingIOError:
            return False
        splitter = self._pipes[fd]
        for line in splitter.feed(data) if data else splitter.end():
            self._hear(line, from_stderr=fd == self._stderr_fd)
        if not data:
            asyncio.get_running_loop().remove_reader(fd)
        return bool(data)

    def _hear(self, line: bytes, from_stderr: bool) -> None:
        message = None if from_stderr else decode(line)
        if message is None:
            self._said.append(line.decode("utf-8", "replace").rstrip()[:KEPT_CHARACTERS])
            return
        if isinstance(message.get("error"), dict):
            self.error = message["error"]
        for key, future in self._expected:
            if key in message and not future.done():
                future.set_result(message)
        if self._on_line:  # through the loop, so that an error there is reported and does not unhinge the watch
            asyncio.get_running_loop().call_soon(self._on_line, message)

    def _ended(self) -> None:
        process = self._process
        assert process is not None and process.stdout and process.stderr
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._pidfd)
        os.close(self._pidfd)
        self.returncode = process.wait()
        for fd in list(self._pipes):
            while self._read(fd):
                pass
            loop.remove_reader(fd)
        self._pipes.clear()
        process.stdout.close()
        process.stderr.close()
        self._outbound.detach()
        self._process = None
        lived_s = time.monotonic() - self._started_s
        if self._closing:
            self._over("closed", f"{self.name} {self._how()}")
        elif self._restart is None or self.returncode in FINAL_CODES:
            self._over("gave-up", f"{self.name} {self._how()} and is not started again{self._tail()}")
        else:
            self._again(f"{self.name} {self._how()}{self._tail()}", lived_s)
        self._gone.set()

    def _again(self, text: str, lived_s: float) -> None:
        assert self._restart is not None
        delay_s, self._failures = self._restart.delay_s(self._failures, lived_s)
        self._timer = asyncio.get_running_loop().call_later(delay_s, self._respawn)
        self._tell("died", f"{text}; started again in {delay_s:.1f} s", code=self.returncode, restarts=self.restarts)

    def _respawn(self) -> None:
        self._timer = None
        self.restarts += 1
        try:
            self._spawn()
        except OSError as error:
            self._again(f"{self.name} could not be started: {error}", 0.0)

    def _over(self, what: str, text: str) -> None:
        for _, future in self._expected:
            if not future.done():
                future.set_exception(HelperError(text))
        self._tell(what, text, code=self.returncode)

    def _how(self) -> str:
        code = self.returncode or 0
        if code < 0:
            return f"was killed by signal {-code} ({signal.Signals(-code).name})"
        return f"ended with code {code}"

    def _tail(self) -> str:
        words = str(self.error.get("text", self.error)) if self.error else self._said[-1] if self._said else ""
        return f": {words}" if words else ""

    def _tell(self, what: str, text: str, **data: Any) -> None:
        if self._on_change:
            asyncio.get_running_loop().call_soon(self._on_change, Change(self.name, what, text, data))
