"""audit.jsonl of a run: a line a judged beat, as `AuditedBeat.as_dict` has it. A run without a balloon has none."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO

from controller.audit.auditing import AuditedBeat

NAME = "audit.jsonl"


class AuditFile:
    """Made with its first beat. A full disk must not end the run: what cannot be written is left out, and `failed` says why."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.failed: str | None = None
        self._file: TextIO | None = None

    def add(self, beats: Iterable[AuditedBeat]) -> None:
        for beat in beats:
            try:
                if self._file is None:
                    self._file = self.path.open("a", encoding="utf-8", buffering=1)
                self._file.write(json.dumps(beat.as_dict()) + "\n")
            except OSError as error:
                self.failed = f"{self.path}: {error.strerror}"

    def close(self) -> None:
        try:
            if self._file is not None:
                self._file.close()
        except OSError as error:
            self.failed = f"{self.path}: {error.strerror}"


def read_audit_file(path: Path) -> list[AuditedBeat]:
    """The beats of the file, the last line left out where a killed run did not finish it; empty without the file."""
    if not path.is_file():
        return []
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            found.append(AuditedBeat(**json.loads(line)))
        except (ValueError, TypeError):
            continue
    return found
