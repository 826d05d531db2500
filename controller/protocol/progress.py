"""How far a protocol is, for people: a bar on a terminal, plain lines elsewhere. The loop never calls this."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TextIO

if TYPE_CHECKING:
    from controller.protocol.operator import TerminalOperator

MOST_PER_S = 4.0  # reports to a sink
PLAIN_EVERY_S = 30.0  # wall time between plain lines within a step


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a protocol is. Elapsed and remaining are loop time; `wall_remaining_s` is what a person waits (None at first).

    `step` counts from 1 (0 before the first, `steps` + 1 in the teardown). `done` on the last report.
    """

    step: int
    steps: int
    name: str
    text: str
    elapsed_s: float
    remaining_s: float
    wall_remaining_s: float | None = None
    done: bool = False

    @property
    def fraction(self) -> float:
        """Share of the expected time that is over, 0 to 1."""
        whole = self.elapsed_s + self.remaining_s
        return 1.0 if self.done or whole <= 0.0 else self.elapsed_s / whole

    def __str__(self) -> str:
        where = f"{min(self.step, self.steps)}/{self.steps} " if self.steps else ""
        left = self.wall_remaining_s
        return f"{where}{self.name}: {self.text}" + (f", {clock(left)} left" if left is not None and not self.done else "")


Sink = Callable[[Standing], None]


class Progress(Protocol):
    """What shows people where a protocol is: a `Sink` that can say something beside it, and step aside for a question."""

    def __call__(self, at: Standing) -> None: ...
    def say(self, text: str) -> None: ...
    def hidden(self) -> AbstractContextManager[None]: ...
    def close(self) -> None: ...


class Reporter:
    """Hands reports to a sink, at most `MOST_PER_S` in wall time; a sink that raises is dropped (`failed` holds why)."""

    def __init__(self, sink: Sink | None, wall_s: Callable[[], float] = time.monotonic) -> None:
        self._sink = sink
        self._wall_s = wall_s
        self._next = wall_s()
        self._began: tuple[float, float] | None = None  # wall and loop time of the first report
        self.failed: Exception | None = None

    def report(self, make: Callable[[], Standing], *, now: bool = False) -> None:
        """Reports what `make` returns, if it is time for a report, or `now`."""
        if self._sink is None:
            return
        wall_s = self._wall_s()
        if wall_s < self._next and not now:
            return
        self._next = wall_s + 1.0 / MOST_PER_S
        try:
            self._sink(make())
        except Exception as error:  # an observer must not end a run
            self.failed, self._sink = error, None

    def wall_remaining_s(self, elapsed_s: float, remaining_s: float) -> float | None:
        """Wall time left, from the ratio of loop time to wall time since the first report; None until that can be told.

        Not since the beginning: arming takes wall time and hardly any loop time, and says nothing of the pace.
        """
        if self._began is None:
            self._began = self._wall_s(), elapsed_s
        wall_s, loop_s = self._wall_s() - self._began[0], elapsed_s - self._began[1]
        return remaining_s * wall_s / loop_s if loop_s > 0.0 and wall_s > 0.1 else None


class PlainLines:
    """A line when a step begins or its text changes, else one every 30 s."""

    def __init__(self, stream: TextIO | None = None, wall_s: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream if stream is not None else sys.stderr
        self._wall_s = wall_s
        self._last: tuple[int, str] | None = None
        self._at_s = 0.0

    def __call__(self, at: Standing) -> None:
        what, wall_s = (at.step, at.text), self._wall_s()
        if what != self._last or wall_s - self._at_s >= PLAIN_EVERY_S:
            self._last, self._at_s = what, wall_s
            print(at, file=self._stream, flush=True)

    def say(self, text: str) -> None:
        """Prints a line."""
        print(text, file=self._stream, flush=True)

    def hidden(self) -> AbstractContextManager[None]:
        """Nothing stands in the way of a question."""
        return nullcontext()

    def close(self) -> None:
        """Nothing to take away."""


class RichBar:
    """A bar with the step, its text and the time left. Begins with the first report, ends with `close` or the last one."""

    def __init__(self, stream: TextIO | None = None) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn
        from rich.progress import Progress as Bars

        self._console = Console(file=stream if stream is not None else sys.stderr)
        self._bars: Any = Bars(
            TextColumn("[bold]{task.fields[where]}"),
            BarColumn(),
            TextColumn("{task.fields[text]}"),
            console=self._console,
            auto_refresh=False,
            transient=True,
        )
        self._task: Any = None
        self._live = False

    def __call__(self, at: Standing) -> None:
        if at.done:
            self.close()
            return
        where, _, text = str(at).partition(": ")
        shown = {"completed": at.fraction, "where": escape(where), "text": escape(text)}
        if self._task is None:
            self._task = self._bars.add_task("", total=1.0, **shown)
            self._bars.start()
            self._live = True
        self._bars.update(self._task, refresh=self._live, **shown)

    def say(self, text: str) -> None:
        """Prints a line above the bar."""
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)

    def close(self) -> None:
        """Takes the bar away for good. Idempotent."""
        self._live = False
        self._bars.stop()

    @contextmanager
    def hidden(self) -> Iterator[None]:
        """The terminal without the bar, for a question."""
        was, self._live = self._live, False
        if was:
            self._bars.stop()
        try:
            yield
        finally:
            if was:
                self._bars.start()
                self._live = True


def for_stream(stream: TextIO | None = None) -> Progress:
    """A bar if `stream` (standard error by default) is a terminal, else plain lines."""
    stream = stream if stream is not None else sys.stderr
    return RichBar(stream) if stream.isatty() else PlainLines(stream)


def terminal_operator(shown: Progress) -> TerminalOperator:
    """An operator at the terminal, whose questions the bar does not overwrite."""
    from controller.protocol.operator import TerminalOperator

    return TerminalOperator(around=shown.hidden)


def escape(text: str) -> str:
    """`text` with nothing in it that rich would take for a style."""
    return text.replace("[", "\\[")


def clock(duration_s: float) -> str:
    """``1:05`` or ``2:03:10``."""
    minutes, seconds = divmod(max(0, round(duration_s)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
