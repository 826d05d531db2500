"""Events: what happened, when, and how much it matters. The supervisor writes them; files and telemetry get copies."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TextIO


@dataclass(frozen=True, slots=True)
class Event:
    """One line of events.jsonl. `priority` follows IEC 60601-1-8 for alarms; ``info`` is no alarm."""

    t_s: float
    tick: int
    epoch_s: float
    kind: str
    text: str
    priority: str = "info"
    data: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


Listener = Callable[[Event], None]


class EventFile:
    """events.jsonl of a run: a line an event, on disk at once (line buffered), never kept in memory.

    A full disk must not end the run: `failed` then holds the reason, and the supervisor raises the alarm.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.failed: str | None = None
        self._file: TextIO = path.open("a", encoding="utf-8", buffering=1)

    def __call__(self, event: Event) -> None:
        try:
            self._file.write(json.dumps(event.as_dict(), ensure_ascii=False) + "\n")
        except OSError as error:
            self.failed = f"{self.path}: {error.strerror}"

    def close(self) -> None:
        try:
            self._file.close()
        except OSError as error:
            self.failed = f"{self.path}: {error.strerror}"
